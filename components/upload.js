// A file goes piece by piece, each once the one before has arrived: a long message on a slow line holds up the
// answers that keep the connection, and it would end.
const PIECE = 384 * 1024;
const AGAIN_MS = 15000;

export default function ({ data, parentElement, setTriggerValue }) {
  const [label, input, say, button] =
    ['label', 'input', '.say', 'button'].map((one) => parentElement.querySelector(one));
  input.id = 'file-' + data.key;
  label.htmlFor = input.id;
  label.textContent = data.label;
  input.accept = data.kinds;
  button.textContent = data.press;

  const empty = (words) => {
    clearTimeout(input.waiting);
    input.sending = null;
    input.value = '';
    input.disabled = false;
    button.hidden = true;
    say.textContent = words;
  };

  const piece = () => {
    const { id, file, at } = input.sending;
    say.textContent = 'Sending ' + file.name + ': ' + Math.floor((100 * at) / Math.max(file.size, 1)) + ' %';
    const reader = new FileReader();
    reader.onload = () => {
      if (!input.sending || input.sending.id !== id) return;
      const content = String(reader.result).split(',', 2)[1] || '';
      setTriggerValue('piece', { id, name: file.name, at, size: file.size, content });
      // Lost with a connection that broke, it is sent again; what has arrived already is not taken twice.
      clearTimeout(input.waiting);
      input.waiting = setTimeout(() => { if (input.sending && input.sending.id === id) piece(); }, AGAIN_MS);
    };
    reader.onerror = () => empty('This file could not be read. Choose another one.');
    reader.readAsDataURL(file.slice(at, at + PIECE));
  };

  const send = () => {
    const file = input.files[0];
    if (!file) return;
    button.hidden = true;
    input.disabled = true;
    input.sending = { id: String(Math.random()).slice(2), file, at: 0 };
    piece();
  };

  input.onchange = () => {
    const file = input.files[0];
    button.hidden = !(file && data.press);
    say.textContent = '';
    if (!file) return;
    if (file.size > data.most) empty(data.too_large);
    else if (!data.press) send();
  };
  button.onclick = send;

  // Drawn again: where what was sent has arrived, the next piece; it may be an earlier one, after a new start.
  const now = input.sending;
  if (now && data.done === now.id) empty('');
  else if (now && data.id === now.id && data.heard !== now.heard) {
    now.heard = data.heard;
    now.at = data.arrived;
    piece();
  }
}
