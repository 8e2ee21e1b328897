"""What the device check says: what works, and for each failure what to do."""

from __future__ import annotations

WORDS = {
    "camera": {
        "trying": "Your browser may ask to use your camera and microphone. Choose Allow.",
        "ok": "This is you. The camera works.",
        "off": "Sound only: your camera stays off.",
        "blocked": "We can't use your camera. Your browser is blocking it.",
        "missing": "We can't find a camera. Plug one in, or choose Sound only.",
        "in_use": "We can't use your camera. Another program is using it. Close other calls and tabs.",
        "unable": "This browser can't use a camera here. Try Chrome, Edge, Firefox or Safari, up to date.",
        "insecure": "Browsers only use a camera at an address that begins with https. "
        "Call the clinic: they can put this right.",
    },
    "microphone": {
        "trying": "",
        "ok": "Speak: the bar moves when we can hear you.",
        "heard": "We can hear you. The microphone works.",
        "blocked": "We can't use your microphone. Your browser is blocking it.",
        "missing": "We can't find a microphone. Plug one in, or use a headset.",
        "in_use": "We can't use your microphone. Another program is using it. Close other calls.",
        "unable": "This browser can't use a microphone here.",
        "insecure": "Browsers only use a microphone at an address that begins with https.",
    },
    "sound": {
        "heard": "The sound works.",
        "not_heard": "Turn the volume up, check that nothing is muted, choose another speaker, or plug in "
        "headphones. Then play the sound again.",
    },
    "network": {
        "trying": "Trying your network.",
        "ok": "Network: calls get through.",
        "relay_only": "Network: calls get through, by a detour. The picture may be less sharp.",
        "blocked": "Network: calls do not get through here. Turn off a VPN, or try another network: at home, "
        "or your phone's own. Or ask to have the session by phone.",
        "not_set_up": "Network: you are connected. This clinic has no relay for strict networks. If a "
        "call does not connect, try another network.",
        "offline": "You are not connected to the internet. Check your wifi or cable, then try again.",
        "unable": "This browser can't make video calls. Try Chrome, Edge, Firefox or Safari, up to date.",
    },
    "fallback": "Or choose Sound only, or call the clinic.",
    "default": "The one your device chooses",
}
# Steps to allow camera and microphone, by browser; the script finds out which one it is.
STEPS = {
    "chrome": [
        "Choose the sign at the left of the address.",
        "Turn Camera and Microphone on.",
        "Reload this page.",
    ],
    "firefox": [
        "Choose the crossed-out camera at the left of the address.",
        "Take the block away.",
        "Reload this page and choose Allow.",
    ],
    "safari": [
        "In the menu, choose Safari, then Settings for this website.",
        "Set Camera and Microphone to Allow.",
        "Reload this page.",
    ],
    "ios": [
        "Choose the sign beside the address, then Website Settings.",
        "Set Camera and Microphone to Allow.",
        "Reload this page.",
    ],
    "android": [
        "Choose the sign at the left of the address, then Permissions.",
        "Allow Camera and Microphone. In the phone's own settings, the browser must be allowed too.",
        "Reload this page.",
    ],
    "other": [
        "Open the settings for this page beside the address.",
        "Allow camera and microphone.",
        "Reload this page.",
    ],
}
