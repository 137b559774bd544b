// What the explorer's six tabs hold: documents that explain themselves, and the scripts that hand a signed-in
// state from tab to tab. Scripts run in Altair's own interpreter: ES2019, so neither `?.` nor `??`.

/** One tab: its name, its document and what belongs to it. */
interface Tab {
  readonly name: string
  readonly document: string
  /** JSON; `{{name}}` is replaced by a value of the environment. */
  readonly variables?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Runs after each answer. */
  readonly script?: string
}

const sample = { email: 'ada@example.com', password: 'violet-anchor-meadow-27' }

/** What the tabs share. `authorization` is a whole header, so that nobody signed in sends an empty one. */
export const environment = { ...sample, authorization: '', accessToken: '', refreshToken: '' }

const asSignedIn = { Authorization: '{{authorization}}' }

// Scripts run after each answer, also after the one that loads the schema: each looks for its own field.
const keepTokensOf = (field: 'signup' | 'login' | 'refresh'): string => `
const { data } = JSON.parse(altair.response.body)
const pair = data && data.${field}
if (pair && pair.accessToken) {
  altair.helpers.setEnvironment('accessToken', pair.accessToken, true)
  altair.helpers.setEnvironment('refreshToken', pair.refreshToken, true)
  altair.helpers.setEnvironment('authorization', 'Bearer ' + pair.accessToken, true)
}`

// Tab 2 logs in with what tab 1 was sent with; inside the quotes of its JSON, hence the cut.
const keepAccount = `
if (altair.response.requestType === 'query') {
  const { input } = JSON.parse(altair.data.variables)
  const inQuotes = text => JSON.stringify(text).slice(1, -1)
  altair.helpers.setEnvironment('email', inQuotes(input.email), true)
  altair.helpers.setEnvironment('password', inQuotes(input.password), true)
}`

const forgetTokens = `
const { data } = JSON.parse(altair.response.body)
if (data && data.logout) {
  altair.helpers.setEnvironment('accessToken', '', true)
  altair.helpers.setEnvironment('refreshToken', '', true)
  altair.helpers.setEnvironment('authorization', '', true)
}`

const inputOf = (input: Readonly<Record<string, string>>): string => JSON.stringify({ input }, null, 2)

/** The tabs, in the order in which a stranger presses them. */
export const tabs: readonly Tab[] = [
  {
    name: '1 Sign up',
    document: `# Makes an account and signs you in.
# Press "Send Request" (Ctrl+Enter), then go to tab 3.
# E-mail and password are in VARIABLES below.
# EMAIL_TAKEN? The account is there already: go to tab 2.
mutation SignUp($input: SignupInput!) {
  signup(input: $input) {
    ... on AuthPayload {
      user { id email name }
      accessToken
      accessTokenExpiresAt
      refreshToken
      refreshTokenExpiresAt
    }
  }
}
`,
    variables: inputOf({ ...sample, name: 'Ada', delivery: 'BODY' }),
    script: keepAccount + keepTokensOf('signup'),
  },
  {
    name: '2 Log in',
    document: `# Signs in with the account of tab 1.
# Press "Send Request" (Ctrl+Enter), then go to tab 3.
# Another account? Write its e-mail and password into VARIABLES.
mutation LogIn($input: LoginInput!) {
  login(input: $input) {
    ... on AuthPayload {
      user { id email name }
      accessToken
      accessTokenExpiresAt
      refreshToken
      refreshTokenExpiresAt
    }
  }
}
`,
    variables: inputOf({ email: '{{email}}', password: '{{password}}', delivery: 'BODY' }),
    script: keepTokensOf('login'),
  },
  {
    name: '3 Who am I',
    document: `# Asks who you are, with the access token that tab 1, 2 or 5 has kept.
# Press "Send Request" (Ctrl+Enter), then go to tab 4.
# "me" is null? You are not signed in: use tab 1 or 2.
# UNAUTHENTICATED? The token has expired: use tab 5 (or 2), then come back.
query WhoAmI {
  me { id email name roles createdAt }
  viewer { userId sessionId issuedAt expiresAt }
}
`,
    headers: asSignedIn,
  },
  {
    name: '4 My sessions',
    document: `# Lists where you are signed in: each sign-up or log-in starts a session.
# Press "Send Request" (Ctrl+Enter), then go to tab 5.
# UNAUTHENTICATED? Use tab 5, 1 or 2, then come back.
query MySessions {
  sessions { id current createdAt lastUsedAt expiresAt userAgent ipAddress }
}
`,
    headers: asSignedIn,
  },
  {
    name: '5 Refresh',
    document: `# Exchanges your refresh token for a new pair. Each refresh token works once.
# Press "Send Request" (Ctrl+Enter). The new pair is kept: tab 3 still works.
# Then go to tab 6.
# REFRESH_TOKEN_INVALID? You are not signed in any more: use tab 2.
mutation Refresh($input: RefreshInput) {
  refresh(input: $input) {
    accessToken
    accessTokenExpiresAt
    refreshToken
    refreshTokenExpiresAt
  }
}
`,
    variables: inputOf({ refreshToken: '{{refreshToken}}' }),
    script: keepTokensOf('refresh'),
  },
  {
    name: '6 Log out',
    document: `# Ends your session. Its tokens are refused from now on.
# Press "Send Request" (Ctrl+Enter). Then tab 3 answers null,
# and tab 2 signs you in again.
# What else is there? The round arrow beside "Docs" loads the schema.
mutation LogOut($input: LogoutInput) {
  logout(input: $input) {
    sessionsEnded
  }
}
`,
    variables: inputOf({ refreshToken: '{{refreshToken}}' }),
    script: forgetTokens,
  },
]

/**
 * Runs in the page: on the first visit Altair shows the tab that it made last; a stranger starts with the first
 * one, its variables in sight. `mark` is the name in localStorage that remembers the visit.
 */
export const firstVisitScript = (mark: string): string => `
if (!localStorage.getItem('${mark}')) {
  const watch = new MutationObserver(() => {
    const names = document.querySelectorAll('.window-switcher__item:has(> .window-switcher__input)')
    if (names.length < ${tabs.length}) return
    watch.disconnect()
    localStorage.setItem('${mark}', 'yes')
    setTimeout(() => {
      names[0].click()
      setTimeout(() => document.querySelector('[track-id=toggle_variables]').click())
    })
  })
  watch.observe(document.body, { childList: true, subtree: true })
}
`
