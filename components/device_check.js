// How each part went is a word of `KNOWN` in clinic/video/device_checks.py.
const FAILURES = {
  NotAllowedError: 'blocked', SecurityError: 'blocked',
  NotFoundError: 'missing', OverconstrainedError: 'missing',
  NotReadableError: 'in_use', AbortError: 'in_use', TrackStartError: 'in_use',
};
const GATHER_MS = 8000;
const KINDS = { camera: 'videoinput', microphone: 'audioinput', speaker: 'audiooutput' };

const browser = () => {
  const agent = navigator.userAgent;
  if (/iPad|iPhone|iPod/.test(agent) || (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1)) {
    return 'ios';
  }
  if (/Firefox\//.test(agent)) return 'firefox';
  if (/Android/.test(agent)) return 'android';
  if (/Chrome\/|Edg\//.test(agent)) return 'chrome';
  return /Safari\//.test(agent) ? 'safari' : 'other';
};

const remembered = (name) => {
  try { return localStorage.getItem(name) || ''; } catch { return ''; }
};
const remember = (name, id) => {
  try { if (id) localStorage.setItem(name, id); else localStorage.removeItem(name); } catch { /* private */ }
};

// Two connections within this page: whether the browser makes any, and which ways out our servers show it.
const tryNetwork = async (servers) => {
  const ways = new Set();
  const [one, other] = [new RTCPeerConnection({ iceServers: servers }), new RTCPeerConnection()];
  try {
    const gathered = new Promise((done) => {
      one.onicecandidate = ({ candidate }) => {
        if (!candidate) { done(); return; }
        other.addIceCandidate(candidate).catch(() => {});
        if (candidate.type === 'srflx') ways.add('direct');
        if (candidate.type === 'relay') {
          ways.add(candidate.relayProtocol && candidate.relayProtocol !== 'udp' ? 'detour' : 'direct');
        }
      };
    });
    other.onicecandidate = ({ candidate }) => candidate && one.addIceCandidate(candidate).catch(() => {});
    const channel = one.createDataChannel('check');
    const opened = new Promise((done) => { channel.onopen = () => done(true); });
    await one.setLocalDescription(await one.createOffer());
    await other.setRemoteDescription(one.localDescription);
    await other.setLocalDescription(await other.createAnswer());
    await one.setRemoteDescription(other.localDescription);
    const enough = new Promise((done) => { setTimeout(() => done(false), GATHER_MS); });
    const joined = await Promise.race([opened, enough]);
    await Promise.race([gathered, enough]);
    if (!joined && !ways.size) return 'blocked';
    if (!servers.length) return 'not_set_up';
    return ways.has('direct') ? 'ok' : ways.has('detour') ? 'relay_only' : 'blocked';
  } finally {
    one.close();
    other.close();
  }
};

class Check {
  constructor(root) {
    this.root = root;
    this.over = false;
    this.streams = {};
    this.result = { camera: 'not_tried', microphone: 'not_tried', sound: 'not_tried', network: 'not_tried' };
    root.querySelector('.play').onclick = () => this.play();
    root.querySelector('.yes').onclick = () => this.hear('heard');
    root.querySelector('.no').onclick = () => this.hear('not_heard');
    root.querySelector('.again').onclick = () => this.begin();
    for (const kind of Object.keys(KINDS)) {
      root.querySelector(`select.${kind}`).onchange = (event) => this.choose(kind, event.target.value);
    }
    this.plugged = () => this.list();
    if (navigator.mediaDevices) navigator.mediaDevices.addEventListener('devicechange', this.plugged);
  }

  take(data, send) {
    this.data = data;
    this.send = send;
  }

  async begin() {
    this.root.querySelector('.again').hidden = true;
    this.root.classList.toggle('no-picture', !!this.data.sound_only);
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) {
      const why = window.isSecureContext ? 'unable' : 'insecure';
      for (const kind of ['camera', 'microphone']) this.failed(kind, 'unable', why);
    } else {
      this.say('camera', this.data.sound_only ? 'off' : 'trying');
      if (!this.data.sound_only) await this.open('camera');
      await this.open('microphone');
      await this.list();
    }
    this.tell();
    await this.network();
    this.tell();
  }

  async open(kind) {
    this.close(kind);
    const name = kind === 'camera' ? 'video' : 'audio';
    const chosen = remembered(this.data.kept_as[kind]);
    // The microphone as it is: noise suppression would make a quiet one look broken.
    const wanted = kind === 'camera' ? { width: { ideal: 640 }, height: { ideal: 480 } }
      : { noiseSuppression: false };
    if (chosen) wanted.deviceId = { ideal: chosen };
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ [name]: wanted });
      if (this.over) { stream.getTracks().forEach((track) => track.stop()); return; }
      this.streams[kind] = stream;
      this.result[kind] = 'ok';
      this.say(kind, 'ok');
      if (kind === 'camera') {
        this.root.classList.remove('no-picture');
        this.root.querySelector('video').srcObject = stream;
      } else this.listen(stream);
    } catch (error) {
      this.failed(kind, FAILURES[error && error.name] || 'unable');
    }
  }

  close(kind) {
    if (this.streams[kind]) this.streams[kind].getTracks().forEach((track) => track.stop());
    delete this.streams[kind];
    if (kind === 'microphone') {
      clearInterval(this.timer);
      if (this.context) this.context.close();
      this.context = null;
    }
  }

  listen(stream) {
    this.context = new (window.AudioContext || window.webkitAudioContext)();
    this.context.resume().catch(() => {});
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 512;
    this.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    const meter = this.root.querySelector('meter');
    let heard = false;
    this.timer = setInterval(() => {
      analyser.getByteTimeDomainData(samples);
      const loudest = samples.reduce((most, one) => Math.max(most, Math.abs(one - 128)), 0);
      meter.value = Math.min(100, loudest * 2);
      if (!heard && loudest > 5) { heard = true; this.say('microphone', 'heard'); }
    }, 150);
  }

  failed(kind, word, why = word) {
    this.result[kind] = word;
    if (kind === 'camera') this.root.classList.add('no-picture');
    const fallback = kind === 'camera' || this.data.sound_only ? ` ${this.data.words.fallback}` : '';
    this.say(kind, why, { wrong: true, also: fallback, steps: word === 'blocked' });
    this.root.querySelector('.again').hidden = false;
  }

  say(part, word, { wrong = false, also = '', steps = false } = {}) {
    const line = this.root.querySelector(`.say.${part}`);
    const words = (this.data.words[part][word] || '') + also;
    if (line.textContent !== words) line.textContent = words;
    line.classList.toggle('wrong', wrong);
    const list = this.root.querySelector(`ol.steps.${part}`);
    if (!list) return;
    // Said once, where camera and microphone are blocked together.
    const twice = part === 'microphone' && this.result.camera === 'blocked';
    const shown = steps && !twice ? this.data.steps[browser()] : [];
    list.replaceChildren(...shown.map((text) => {
      const item = document.createElement('li');
      item.textContent = text;
      return item;
    }));
  }

  async list() {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    for (const [kind, type] of Object.entries(KINDS)) {
      const select = this.root.querySelector(`select.${kind}`);
      const found = devices.filter((device) => device.kind === type && device.deviceId && device.label);
      const canChoose = kind !== 'speaker' || 'setSinkId' in HTMLMediaElement.prototype;
      select.closest('.choose').hidden = found.length < 2 || !canChoose
        || (kind === 'camera' && !!this.data.sound_only);
      const first = new Option(this.data.words.default, '');
      select.replaceChildren(first, ...found.map((device) => new Option(device.label, device.deviceId)));
      const chosen = remembered(this.data.kept_as[kind]);
      select.value = found.some((device) => device.deviceId === chosen) ? chosen : '';
    }
  }

  async choose(kind, id) {
    remember(this.data.kept_as[kind], id);
    if (kind === 'speaker') return;
    await this.open(kind);
    this.tell();
  }

  async play() {
    const context = new (window.AudioContext || window.webkitAudioContext)();
    const tone = context.createOscillator();
    const volume = context.createGain();
    const out = context.createMediaStreamDestination();
    const player = new Audio();
    volume.gain.value = 0.15;
    tone.frequency.value = 440;
    tone.connect(volume).connect(out);
    player.srcObject = out.stream;
    const speaker = remembered(this.data.kept_as.speaker);
    if (speaker && player.setSinkId) await player.setSinkId(speaker).catch(() => {});
    tone.start();
    tone.stop(context.currentTime + 1);
    tone.onended = () => context.close();
    this.root.querySelector('.heard').hidden = false;
    await player.play().catch(() => {});
  }

  hear(word) {
    this.result.sound = word;
    this.root.querySelector('.yes').setAttribute('aria-pressed', String(word === 'heard'));
    this.root.querySelector('.no').setAttribute('aria-pressed', String(word === 'not_heard'));
    this.say('sound', word, { wrong: word === 'not_heard' });
    this.tell();
  }

  async network() {
    const say = (word) => {
      const wrong = ['blocked', 'offline', 'unable'].includes(word);
      this.say('network', word, { wrong });
      if (wrong) this.root.querySelector('.again').hidden = false;
    };
    say('trying');
    if (!window.RTCPeerConnection) { this.result.network = 'blocked'; say('unable'); return; }
    if (navigator.onLine === false) { this.result.network = 'blocked'; say('offline'); return; }
    const word = await tryNetwork(this.data.servers).catch(() => 'blocked');
    if (this.over) return;
    this.result.network = word === 'not_set_up' ? 'not_tried' : word;
    say(word);
  }

  tell() {
    const said = JSON.stringify(this.result);
    if (this.over || said === this.told) return;
    this.told = said;
    this.send('result', { ...this.result });
  }

  end() {
    this.over = true;
    Object.keys(this.streams).forEach((kind) => this.close(kind));
    clearInterval(this.timer);
    if (navigator.mediaDevices) navigator.mediaDevices.removeEventListener('devicechange', this.plugged);
  }
}

// The screen is drawn again while the check goes on: it goes on with the one that was begun.
const begun = new WeakMap();
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.check');
  let check = begun.get(root);
  const first = !check || check.over;
  if (first) {
    check = new Check(root);
    begun.set(root, check);
  }
  check.take(data, setTriggerValue);
  if (first) check.begin();
  return () => check.end();
}
