// Before a form with a "proof" field is sent: fetch its challenge, find the number behind the hash in a worker, send both.
// The same file is the page's script and the worker's. SHA-256 of one block, FIPS 180-4.
"use strict";
const K = new Uint32Array(64), H = new Uint32Array(8);
for (let n = 2, found = 0; found < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
  if (!prime) continue;
  const bits = (root) => Math.floor((root - Math.floor(root)) * 4294967296);
  if (found < 8) H[found] = bits(Math.sqrt(n));
  K[found++] = bits(Math.cbrt(n));
}
const W = new Uint32Array(64);
const digest = (block, out) => { // block: 16 words, padded already
  W.set(block);
  for (let t = 16; t < 64; t++) {
    const x = W[t - 15], y = W[t - 2];
    W[t] = W[t - 16] + W[t - 7]
      + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3)
      + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
  }
  let [a, b, c, d, e, f, g, h] = H;
  for (let t = 0; t < 64; t++) {
    const one = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[t] + W[t] | 0;
    const two = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c) | 0;
    h = g; g = f; f = e; e = d + one | 0; d = c; c = b; b = a; a = one + two | 0;
  }
  out[0] = a + H[0]; out[1] = b + H[1]; out[2] = c + H[2]; out[3] = d + H[3];
  out[4] = e + H[4]; out[5] = f + H[5]; out[6] = g + H[6]; out[7] = h + H[7];
};
const solve = (challenge) => {
  const [, , cost, , salt, wanted] = challenge.split(".");
  const goal = Uint32Array.from(wanted.match(/.{8}/g), (word) => parseInt(word, 16));
  const bytes = new Uint8Array(64), words = new DataView(bytes.buffer), block = new Uint32Array(16), out = new Uint32Array(8);
  const encoder = new TextEncoder();
  const start = encoder.encodeInto(salt, bytes).written;
  for (let number = 0; number < Number(cost); number++) {
    const end = start + encoder.encodeInto(String(number), bytes.subarray(start)).written;
    bytes.fill(0, end);
    bytes[end] = 128;
    words.setUint32(60, end * 8);
    for (let at = 0; at < 16; at++) block[at] = words.getUint32(at * 4);
    digest(block, out);
    if (out.every((word, at) => word === goal[at])) return `${challenge}.${number}`;
  }
  return "";
};
if (typeof document === "undefined") {
  self.onmessage = (event) => self.postMessage(solve(event.data));
} else {
  const own = document.currentScript.src;
  for (const field of document.querySelectorAll("input[data-challenge]")) {
    const form = field.form;
    let busy = false;
    const send = (proof) => { field.value = proof; form.submit(); };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      form.setAttribute("aria-busy", "true");
      for (const input of form.elements) input.readOnly = true; // the proof is for what stands there now
      const asked = new URLSearchParams({
        purpose: field.dataset.purpose,
        login: form.elements.login ? form.elements.login.value : "",
      });
      try {
        const answer = await fetch(field.dataset.challenge, { method: "POST", body: asked });
        const worker = new Worker(own);
        worker.onmessage = (told) => send(told.data);
        worker.onerror = () => send("");
        worker.postMessage((await answer.json()).challenge);
      } catch { send(""); }
    });
  }
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // a proof is good once
}
