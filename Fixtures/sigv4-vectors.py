#!/usr/bin/python3
"""Makes the signatures that the signer's test compares with, by botocore's signer.

usage: sigv4-vectors.py > sigv4-vectors.json

The first five are the examples of AWS's own pages ("Authenticating Requests: Using the Authorization
Header" and "... Using Query Parameters"); their published signatures stand here, so that this file
fails if botocore or this script disagrees with them.
"""
import datetime
import json
import sys
from unittest import mock
from urllib.parse import quote

import botocore.auth
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HOST = "examplebucket.s3.amazonaws.com"


def case(name, method="GET", path="/", query=(), headers=(), payload=EMPTY, token=None,
         presign=None, region="us-east-1", time="20130524T000000Z", host=HOST, published=None):
    return dict(name=name, method=method, path=path, query=[list(q) for q in query],
                headers=[list(h) for h in headers], payload=payload, token=token, presign=presign,
                region=region, time=time, host=host, published=published)


CASES = [
    case("published: get a range", path="/test.txt", headers=[("range", "bytes=0-9")],
         published="f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    case("published: put", method="PUT", path="/test$file.text",
         headers=[("date", "Fri, 24 May 2013 00:00:00 GMT"),
                  ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
         payload="44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
         published="98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    case("published: lifecycle", query=[("lifecycle", "")],
         published="fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    case("published: list", query=[("max-keys", "2"), ("prefix", "J")],
         published="34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    case("published: presigned", path="/test.txt", presign=86400,
         published="aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
    case("odd characters in a key", path="/a b/c+d/e=f/g:h/~i'(j)*!/k&l;m,n@o#p%q[r]"),
    case("a key beyond ASCII", path="/größe/日本語/\U0001f6aa.mp4"),
    case("slashes and dots of a key stay", path="/a//b/./c/../d/"),
    case("a path in a bucket's path", path="/bucket/3f/tenant/camera/1-2-0123456789abcdef.mp4",
         host="127.0.0.1:7480"),
    case("names of the query are sorted after their encoding",
         query=[("prefix", "a/b c"), ("list-type", "2"), ("start-after", "ä/=&+"), ("max-keys", "9"),
                ("encoding-type", "url"), ("A", "1"), ("a", "2"), ("a-", "3"), ("a%", "4")]),
    case("equal names of the query are sorted by value", query=[("a", "2"), ("a", "10"), ("a", "")]),
    case("a query without values", method="POST", query=[("delete", "")], payload="0" * 64,
         headers=[("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="), ("content-type", "application/xml")]),
    case("all headers of a chunk", method="PUT", path="/k.mp4", payload="ab" * 32,
         headers=[("content-type", "video/mp4"), ("if-none-match", "*"),
                  ("x-amz-tagging", "sparc%3Atenant=1&sparc%3Aclass=event"),
                  ("x-amz-meta-codecs", "avc1.64001f,mp4a.40.2"), ("x-amz-meta-run", "7"),
                  ("x-amz-checksum-sha256", "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=")]),
    case("spaces in a header count once", headers=[("x-amz-meta-a", "  one   two  ")]),
    case("an unsigned body", method="PUT", path="/k", payload="UNSIGNED-PAYLOAD"),
    case("a session token", path="/k", token="IQoJb3JpZ2luX2VjEFw+/=token=="),
    case("another region and day", path="/k", region="eu-central-1", time="20261231T235959Z"),
    case("presigned with a session token", path="/a b+c.mp4", presign=60,
         token="IQoJb3JpZ2luX2VjEFw+/=token=="),
    case("presigned on a port", path="/bucket/k.mp4", presign=604800, host="127.0.0.1:7480"),
]


class Clock(datetime.datetime):
    moment = None

    @classmethod
    def utcnow(cls):
        return cls.moment


def sign(entry):
    text = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in entry["query"])
    url = f"http://{entry['host']}{quote(entry['path'], safe='/-_.~')}" + (f"?{text}" if text else "")
    headers = dict(entry["headers"])
    request = AWSRequest(method=entry["method"], url=url, headers=headers)
    credentials = Credentials(KEY, SECRET, entry["token"])
    if entry["presign"]:
        signer = S3SigV4QueryAuth(credentials, "s3", entry["region"], expires=entry["presign"])
    else:
        signer = S3SigV4Auth(credentials, "s3", entry["region"])
        signer.payload = lambda request: entry["payload"]
    Clock.moment = datetime.datetime.strptime(entry["time"], "%Y%m%dT%H%M%SZ")
    with mock.patch.object(botocore.auth.datetime, "datetime", Clock):
        signer.add_auth(request)
    if entry["presign"]:
        return request.url.split("X-Amz-Signature=")[1].split("&")[0]
    return request.headers["Authorization"].split("Signature=")[1]


result = []
for entry in CASES:
    published = entry.pop("published")
    # botocore replaces x-amz-date where there is a Date header: there the page alone stands.
    has_date = any(name == "date" for name, _ in entry["headers"])
    signature = published if has_date else sign(entry)
    if published and published != signature:
        sys.exit(f"{entry['name']}: botocore says {signature}, AWS's page {published}")
    result.append({**entry, "signature": signature})
lines = ",\n".join("  " + json.dumps(entry) for entry in result)
print(f'{{"accessKeyID": "{KEY}", "secretAccessKey": "{SECRET}", "cases": [\n{lines}\n]}}')
