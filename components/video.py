"""The call's frame: one browser connection that shows and sounds the other person."""

from __future__ import annotations

from streamlit_webrtc import Translations, WebRtcMode, webrtc_streamer

from clinic.video.calls import Line
from clinic.video.relay import KINDS

TURN_CAMERA_ON = "Turn camera on"
_WORDS = Translations(
    start="Start video",
    stop="Leave",
    select_device="Choose camera and microphone",
    media_api_not_available="This browser can't make video calls. Try Chrome, Edge, Firefox or Safari.",
    device_ask_permission="Your browser asks if it may use your camera and microphone. Choose Allow.",
    device_not_available="We can't find a camera or a microphone. Plug one in, or choose Sound only.",
    device_access_denied=(
        "We can't use your camera yet. Your browser is blocking it. "
        "Allow camera and microphone in its settings for this page, then reload. "
        "Or choose Sound only, or call the clinic."
    ),
    turn_camera_on=TURN_CAMERA_ON,
    turn_camera_off="Turn camera off",
    mute_microphone="Mute microphone",
    unmute_microphone="Unmute microphone",
    select_camera="Camera",
    select_microphone="Microphone",
)
_LIFE = "_streamlit_webrtc_lifecycle_scope"
_END = "_streamlit_webrtc_reset_on_session_end"


def call(line: Line, key: str, *, start: bool, sound_only: bool) -> None:
    """Show and sound the other person, and send one's own picture and sound.

    Args:
        start: False on the first run of a key; starting in the run that mounts it races in the library.
    """
    leg = line.leg
    for part in (*leg.slots.values(), *leg.sinks.values()):
        # So marked, the library tells us when the connection ends; else a slot would wait for ever.
        setattr(part, _LIFE, "webrtc-session")
        setattr(part, _END, leg.close)
    video, audio = KINDS
    configuration = {"iceServers": line.ice_servers}
    webrtc_streamer(
        key=key,
        mode=WebRtcMode.SENDRECV,
        # Both always passed, also when empty: the library would ask a public server otherwise.
        server_rtc_configuration=configuration,
        frontend_rtc_configuration=configuration,
        media_stream_constraints={
            "audio": {"echoCancellation": True, "noiseSuppression": True, "autoGainControl": True},
            "video": False
            if sound_only
            else {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 30, "max": 30}},
        },
        desired_playing_state=start,
        # A source left out would echo the person to themselves.
        source_video_track=leg.slots[video],
        source_audio_track=leg.slots[audio],
        sink_video_track=leg.sinks[video],
        sink_audio_track=leg.sinks[audio],
        video_html_attrs={
            "autoPlay": True,
            "controls": True,
            "playsInline": True,
            "style": {
                "width": "100%",
                "aspectRatio": "16 / 10",
                "background": "#12191D",
                "borderRadius": "8px",
            },
        },
        translations=_WORDS,
    )
