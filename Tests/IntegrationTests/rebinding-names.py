"""A name server whose answers change, and two listeners on one port: of an address that is allowed, and
of one that is not.

Names below `rebind.test` are answered by their first letter: `a` with the allowed address first and the
closed one from then on, `b` the other way round, `c` with both in one answer, `d` with both the other way
round, `e` with the closed one alone, `f` by an alias of the closed one. Prints a line of JSON for each
answer and each connection.
usage: rebinding-names.py NAMESERVER ALLOWED CLOSED PORT
"""

import json
import socket
import struct
import sys
import threading

nameserver, allowed, closed, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
lock = threading.Lock()
asked = {}


def tell(**what):
    with lock:
        print(json.dumps(what), flush=True)


def serve(address):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(64)
    while True:
        connection, _ = listener.accept()
        tell(connection=address)
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def answer(connection):
    try:
        connection.settimeout(5)
        text = b""
        while b"\r\n\r\n" not in text:
            piece = connection.recv(65536)
            if not piece:
                return
            text += piece
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    except OSError:
        pass
    finally:
        connection.close()


def addresses(name):
    kind = name[:1]
    asked[name] = asked.get(name, 0) + 1
    first = asked[name] == 1
    if kind == "a":
        return [allowed if first else closed]
    if kind == "b":
        return [closed if first else allowed]
    return {"c": [allowed, closed], "d": [closed, allowed]}.get(kind, [closed])


def encoded(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def record(owner, kind, data):
    return owner + struct.pack("!HHIH", kind, 1, 0, len(data)) + data


def reply(query):
    offset, labels = 12, []
    while query[offset]:
        length = query[offset]
        labels.append(query[offset + 1 : offset + 1 + length].decode("latin-1"))
        offset += 1 + length
    name = ".".join(labels).lower()
    question = query[12 : offset + 5]
    kind = struct.unpack("!H", query[offset + 1 : offset + 3])[0]
    records = []
    if kind == 1 and name.endswith(".rebind.test"):
        owner = b"\xc0\x0c"
        if name.startswith("f"):
            owner = encoded("closed.rebind.test")
            records.append(record(b"\xc0\x0c", 5, owner))
        found = addresses(name)
        records += [record(owner, 1, socket.inet_aton(address)) for address in found]
        tell(name=name, answer=found)
    header = query[:2] + struct.pack("!HHHHH", 0x8580, 1, len(records), 0, 0)
    return header + question + b"".join(records)


names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
names.bind((nameserver, 53))
for address in (allowed, closed):
    threading.Thread(target=serve, args=(address,), daemon=True).start()
tell(ready=True)
while True:
    query, peer = names.recvfrom(4096)
    try:
        names.sendto(reply(query), peer)
    except (IndexError, OSError):
        pass
