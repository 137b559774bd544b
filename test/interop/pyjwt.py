# Another service, in Python: PyJWT behind a route for every Signet that is named in the argument.
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt


def create_verify(issuer, audience, algorithm, jwks_uri, caching):
    # <docs>
    keys = jwt.PyJWKClient(
        jwks_uri,
        **caching,
    )

    def verify(token):
        key = keys.get_signing_key_from_jwt(token).key
        return jwt.decode(token, key, algorithms=[algorithm], issuer=issuer, audience=audience,
                          leeway=5, options={"require": ["iss", "aud", "sub", "exp"]})
    # </docs>

    return verify


services = {}
for signet in json.loads(sys.argv[1]):
    issuer, algorithm, shrink = signet["issuer"], signet["algorithm"], signet["shrink"]
    # The library's own default is 300 seconds.
    caching = {} if shrink == 1 else {"lifespan": 300 / shrink}
    services[f"/{algorithm}/pyjwt"] = create_verify(
        issuer, "signet", algorithm, f"{issuer}/.well-known/jwks.json", caching)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        try:
            self.answer(200, {"data": {"claims": services[self.path](token if scheme == "Bearer" else "")}})
        except jwt.PyJWTError as error:
            self.answer(401, {"refused": str(error)})

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
