"""Logs in for the run: every operation gets the token that its security scheme asks for."""

import datetime
import itertools
import json
import os
import threading
import time
import urllib.error
import urllib.request

import schemathesis

BASE = os.environ["SPARC_CONTRACT_URL"]
WORKER_TOKEN = os.environ["SPARC_CONTRACT_WORKER_TOKEN"]
LOGIN = {"email": "admin@sparc.dev", "password": "admin123", "tenant": "development"}

lock = threading.Lock()
token = None
# What the run guesses at logins uses up its address; a device that has logged in has tries of its own.
device = {}


def new_tokens():
    """Logs in; waits as it is told when there were too many logins of the account."""
    while True:
        request = urllib.request.Request(
            BASE + "/api/v1/auth/login",
            json.dumps(LOGIN | device).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                tokens = json.load(answer)
                device["device_token"] = tokens["device_token"]
                return tokens
        except urllib.error.HTTPError as error:
            if error.code != 429:
                raise
            time.sleep(int(error.headers["Retry-After"]))


def log_in():
    """The access token in use; a new one after the run itself has ended the session."""
    global token
    with lock:
        if token is None:
            token = new_tokens()["access_token"]
        return token


def forget(used):
    global token
    with lock:
        if used == token:
            token = None


@schemathesis.auth(refresh_interval=None).apply_to(path_regex="^/(api|hls)/")
class Person:
    def get(self, case, context):
        return log_in()

    def set(self, case, data, context):
        case.headers = case.headers or {}
        # What was sent before may have ended the session: the token is looked up each time.
        case.headers["Authorization"] = "Bearer " + log_in()


@schemathesis.auth(refresh_interval=None).apply_to(path_regex="^/internal/")
class Worker:
    def get(self, case, context):
        return WORKER_TOKEN

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = "Bearer " + data


turns = itertools.count()
logins = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """What nobody hits by chance, in one valid request of eight: the right password, a refresh token,
    two times of one day."""
    is_valid = case.meta is not None and case.meta.generation.mode.value == "positive"
    if not is_valid:
        return
    # The coverage phase fills in headers of a pattern with 0 and takes that for valid.
    for name in ("If-Match", "If-None-Match"):
        if case.headers and case.headers.get(name) == "0":
            case.headers[name] = '"0"'
    if next(turns) % 8:
        return
    path = case.operation.path
    if path == "/api/v1/auth/login":
        case.body = LOGIN | device
    elif path in ("/api/v1/auth/refresh", "/api/v1/auth/logout"):
        # Each is a login of its own, of which an account has twelve a minute.
        if next(logins) % 6:
            return
        case.body = {"refresh_token": new_tokens()["refresh_token"]}
    elif path.endswith(("/timeline", "/playback", "/archive.m3u8")):
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0, tzinfo=None)
        case.query = {
            "from": (now - datetime.timedelta(hours=1)).isoformat() + "Z",
            "to": now.isoformat() + "Z",
        }


@schemathesis.hook
def after_call(context, case, response):
    # There 401 is about what was sent in the body, and says nothing of the token.
    if case.operation.path.startswith("/api/v1/auth/"):
        return
    sent = response.request.headers.get("Authorization", "")
    if response.status_code == 401 and sent.startswith("Bearer "):
        forget(sent.removeprefix("Bearer "))
