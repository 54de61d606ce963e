"""Sends a server what no client sends, over sockets of its own, and watches its memory.

usage: hostile.py PORT PID WORKER_TOKEN
Prints one line for each attack that was not refused as it must be, and a summary; ends with 1 if
there was any.
"""

import collections
import concurrent.futures
import gzip
import socket
import sys

PORT, PID, WORKER_TOKEN = int(sys.argv[1]), sys.argv[2], sys.argv[3]
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WORKER = (
    b"POST /internal/v1/workers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer " + WORKER_TOKEN.encode() + b"\r\n"
)
CLOSE = b"Connection: close\r\n"
SMUGGLED = b"GET /health HTTP/1.1\r\nHost: smuggled\r\n\r\n"
# Each thread of a server keeps what its largest request took, so memory grows in steps, and then no
# more: so many rounds one after another, of at most so many.
FLAT_ROUNDS, ROUNDS = 4, 40
# What memory may grow by in flat rounds, bytes: less than one of the bodies that are sent.
GROWTH = 4 << 20


def exchange(data, wait=10):
    """What comes back for some bytes, up to the end of the connection or a silent second."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=wait) as connection:
        try:
            connection.sendall(data)
        except OSError:
            pass  # It was refused before all was sent.
        answer = b""
        connection.settimeout(wait)
        try:
            while True:
                part = connection.recv(65536)
                if not part:
                    return answer, True
                answer += part
                connection.settimeout(1)
        except TimeoutError:
            return answer, False
        except OSError:
            return answer, True


def sized(head, body, more=b""):
    return head + more + CLOSE + b"Content-Length: %d\r\n\r\n" % len(body) + body


def get(target, headers=b""):
    return b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n" + CLOSE + headers + b"\r\n"


def attacks():
    """Name, bytes, statuses that are right (0: no answer at all, but the end of the connection)."""
    refused = {400, 413, 431, 501, 0}
    many = b"".join(b"X%d: y\r\n" % number for number in range(100_000))
    yield "100,000 headers", get(b"/health", many), refused
    yield "101 headers", get(b"/health", b"".join(b"X%d: y\r\n" % n for n in range(101))), refused
    yield "a header of 1 MB", get(b"/health", b"X: " + b"y" * (1 << 20) + b"\r\n"), refused
    yield "40 headers of 1 KB", get(b"/health", (b"X: " + b"y" * 1024 + b"\r\n") * 40), refused
    yield "a path of 1 MB", get(b"/" + b"a" * (1 << 20)), {400, 404, 414, 431, 0}
    yield "a query of 1 MB", get(b"/health?" + b"a" * (1 << 20)), {400, 414, 431, 0}
    yield "10,000 query items", get(b"/api/v1/cameras?" + b"&".join([b"a=1"] * 2500)), {400, 401}
    yield "a method of 1 MB", b"A" * (1 << 20) + b" / HTTP/1.1\r\n\r\n", refused
    yield "no HTTP at all", bytes(range(256)) * 64, refused
    yield "TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), refused
    yield "HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(64), {400, 404, 405, 505, 0}
    yield "CRLF in the path", b"GET /a\r\nX: y HTTP/1.1\r\nHost: x\r\n\r\n", refused
    yield "a NUL in a header", get(b"/health", b"X: a\x00b\r\n"), refused
    yield "a space before the colon", get(b"/health", b"X : y\r\n"), refused
    yield "a name with a line feed", get(b"/health", b"X\n: y\r\n"), refused
    escaped = get(b"/api/v1/%0d%0aInjected:%20yes?x=%0d%0aInjected:%20yes")
    yield "an escaped CRLF", escaped, {404}
    # Two lengths: whoever believes the other one finds a second request in the body.
    body = b"0\r\n\r\n" + SMUGGLED
    length = b"Content-Length: %d\r\n" % len(body)
    chunked = b"Transfer-Encoding: chunked\r\n"
    yield "smuggling, length and chunks", LOGIN + length + chunked + b"\r\n" + body, refused
    yield "smuggling, chunks and length", LOGIN + chunked + length + b"\r\n" + body, refused
    short = LOGIN + b"Content-Length: 0\r\n" + length + b"\r\n" + body
    yield "smuggling, two lengths", short, refused
    for value in (b"+5", b"-5", b"5, 6", b"0x5", b"99999999999999999999999", b"5 5", b""):
        data = LOGIN + b"Content-Length: " + value + b"\r\n\r\n" + SMUGGLED
        yield f"smuggling, length {value.decode() or 'empty'}", data, refused
    for value in (b"chunked, identity", b"xchunked", b"identity, chunked, gzip", b"chunked\x0b"):
        data = LOGIN + b"Transfer-Encoding: " + value + b"\r\n" + length + b"\r\n" + body
        yield f"smuggling, coding {value!r}", data, refused
    for size in (b"FFFFFFFFFFFFFFFFF", b"-1", b"5;" + b"x" * (1 << 17), b"0x5", b"G"):
        data = LOGIN + chunked + b"\r\n" + size + b"\r\n" + SMUGGLED
        yield f"a chunk of size {size[:20]!r}", data, refused
    # Bodies.
    big = LOGIN + CLOSE + b"Content-Length: %d\r\n\r\n" % (1 << 30) + b"{" * 4096
    yield "1 GB announced", big, {413}
    endless = (b"10000\r\n" + b" " * 65536 + b"\r\n") * 16
    yield "1 MB in chunks", LOGIN + CLOSE + chunked + b"\r\n" + endless, {413}
    worker = WORKER + CLOSE + b"Content-Length: %d\r\n\r\n" % (1 << 30) + b"{" * 4096
    yield "1 GB announced by a worker", worker, {413}
    bomb = gzip.compress(b" " * (60 << 20))
    yield "60 MB gzipped", sized(LOGIN, bomb, b"Content-Encoding: gzip\r\n"), {415}
    yield "deflate", sized(LOGIN, b"{}", b"Content-Encoding: deflate\r\n"), {415}
    yield "30,000 levels", sized(LOGIN, b"[" * 30_000), {400}
    yield "10,000 levels of members", sized(LOGIN, b'{"a":' * 10_000), {400}
    yield "100,000 levels by a worker", sized(WORKER, b"[" * 100_000 + b"]" * 100_000), {400}
    yield "1,000,000 levels by a worker", sized(WORKER, b'{"a":' * 1_000_000), {400}
    yield "1,000,000 entries by a worker", sized(WORKER, b"[" + b"0," * 1_000_000 + b"0]"), {400}
    yield "30,000 entries", sized(LOGIN, b'{"email":[' + b"0," * 30_000 + b"0]}"), {400}
    yield "9,000 members", sized(LOGIN, b"{" + b",".join(b'"%d":0' % n for n in range(6000)) + b"}"), {400}
    yield "a number of 60,000 digits", sized(LOGIN, b'{"email":' + b"9" * 60_000 + b"}"), {400}
    yield "no end of a text", sized(LOGIN, b'{"email":"' + b"a" * 60_000), {400}
    yield "half a character", sized(LOGIN, b'{"email":"\xc3"}'), {400}
    yield "no JSON", sized(LOGIN.replace(b"json", b"xml"), b"<!DOCTYPE a>"), {415}


def memory():
    with open(f"/proc/{PID}/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmRSS:"))
        return int(line.split()[1]) << 10


findings = []
statuses = collections.Counter()


def attack(case):
    name, data, right = case
    answer, is_closed = exchange(data)
    status = int(answer[9:12]) if answer[:9] == b"HTTP/1.1 " else 0
    statuses[status] += 1
    if status not in right:
        findings.append(f"{name}: {status} {answer[:80]!r}")
    if answer.count(b"HTTP/1.1 ") > 1 or b'{"status":"ok"}' in answer:
        findings.append(f"{name}: a second request was answered")
    if b"\nInjected" in answer:
        findings.append(f"{name}: a header of the client's is in the answer")
    if not is_closed and "smuggling" in name:
        findings.append(f"{name}: the connection stays open")
    alive, _ = exchange(get(b"/health"))
    if not alive.startswith(b"HTTP/1.1 200 "):
        findings.append(f"{name}: the server does not answer any more")


sizes = []
flat = 0
cases = list(attacks())
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    while flat < FLAT_ROUNDS and len(sizes) < ROUNDS:
        for _ in pool.map(attack, cases):
            pass
        sizes.append(memory())
        flat = flat + 1 if len(sizes) > 1 and sizes[-1] - sizes[-2] <= GROWTH else 0
if flat < FLAT_ROUNDS:
    findings.append("memory grows with every round")
for finding in sorted(set(findings)):
    print("hostile: " + finding)
print(f"hostile: {sum(statuses.values())} attacks of {len(cases)} kinds, statuses "
      + ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
      + f", memory {', '.join(str(size >> 20) for size in sizes)} MB, "
      + f"{len(set(findings))} findings")
sys.exit(1 if findings else 0)
