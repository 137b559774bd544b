// Puts a function that verifies a token behind a route: 200 with the claims, or 401 with what the library threw.

/**
 * @param {(token: string) => Promise<object> | object} verify gives the claims, or throws
 * @returns {import('node:http').RequestListener}
 */
export const behindBearer = verify => async (request, response) => {
  const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  try {
    answer(200, { data: { claims: await verify(token) } })
  } catch (error) {
    answer(401, { refused: error.message })
  }
}
