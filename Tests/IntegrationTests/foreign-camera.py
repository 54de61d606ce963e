"""A camera of another maker: gst-rtsp-server with Digest authentication.

Prints the port it listens on, then a line for each refused or accepted authentication request.
Arguments: user name, password. Runs until its standard input ends.
"""
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

PIPELINE = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=20/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast bitrate=300 key-int-max=20 "
    "! rtph264pay name=pay0 pt=96 )"
)


def main():
    user, password = sys.argv[1], sys.argv[2]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE)
    factory.set_shared(True)
    factory.add_role_from_structure(
        Gst.Structure.new_from_string(
            "viewer, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        )
    )
    server.get_mount_points().add_factory("/stream", factory)

    def connected(_server, client):
        print("connected", flush=True)
        client.connect("describe-request", lambda *_: print("described", flush=True))

    server.connect("client-connected", connected)
    server.attach(None)
    print("port", server.get_bound_port(), flush=True)
    loop = GLib.MainLoop()

    def end():
        sys.stdin.read()
        loop.quit()

    threading.Thread(target=end, daemon=True).start()
    loop.run()


main()
