"""An agency's site in Python, as Authlib's documents have it: python3 authlib-site.py ISSUER CLIENT SECRET PORT."""

import sys

from authlib.integrations.flask_client import OAuth
from flask import Flask

issuer, client, secret, port = sys.argv[1:5]
site = Flask(__name__)
site.secret_key = 'of this test alone'
oauth = OAuth(site)
oauth.register(
    'pratu',
    client_id=client,
    client_secret=secret,
    server_metadata_url=f'{issuer}/.well-known/openid-configuration',
    client_kwargs={'scope': 'openid profile', 'code_challenge_method': 'S256'},
)


@site.get('/')
def door():
    return 'open'


@site.get('/sign-in')
def sign_in():
    return oauth.pratu.authorize_redirect(f'http://localhost:{port}/callback')


@site.get('/callback')
def callback():
    # Verifies the ID token by the key set that it keeps.
    token = oauth.pratu.authorize_access_token()
    return f"inside as {token['userinfo']['sub']}"


site.run(port=int(port))
