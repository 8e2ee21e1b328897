"""Quiet Room. `streamlit run Home.py` imports this file once as the launcher, and runs it for each visitor.

As the launcher it is an ASGI application: Streamlit's, with our routes and middleware around it.
As a script it is the router: who is here, then the screen they asked for.
"""

from datetime import UTC, datetime

import streamlit as st

from components import host, navigation, preload

host.prepare()
if __name__ == "__main__":
    from clinic.start import start
    from components import access
    from db.errors import DatabaseUnreachable, WrongKey

    try:
        # Does nothing after the first time; here for hosts that run only the script.
        start(datetime.now(UTC))
        viewer = access.viewer_or_none()
    except (DatabaseUnreachable, WrongKey) as error:
        navigation.register()
        navigation.unreachable(error)
        st.stop()
    navigation.run(viewer)
else:
    from starlette.middleware import Middleware

    from components import session_cookie
    from components.errors import show_error
    from web.handshake import Handshake
    from web.headers import Headers
    from web.leaving import Leaving
    from web.lifespan import opening
    from web.process_cookie import StaysHere
    from web.routes import ROUTES
    from web.static import StaticGzip

    navigation.register()
    session_cookie.routes_are_there()
    app = st.App(
        __file__,
        lifespan=opening(preload),
        routes=ROUTES,
        middleware=[
            Middleware(Headers),
            Middleware(StaysHere),
            Middleware(Leaving),
            Middleware(Handshake),
            Middleware(StaticGzip),
        ],
        on_script_error=show_error,
    )
