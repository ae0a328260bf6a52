// Makes or uses a passkey: the options stand in the form, the answer goes into its hidden field, the form is sent.
"use strict";
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const decoded = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
  ...(options.excludeCredentials && { excludeCredentials: options.excludeCredentials.map(known) }),
  ...(options.allowCredentials && { allowCredentials: options.allowCredentials.map(known) }),
});
const known = (credential) => ({ ...credential, id: bytes(credential.id) });
const encoded = (credential) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {},
  });
};
const form = document.querySelector("form[data-passkey]");
const said = (name) => {
  for (const line of document.querySelectorAll("[data-passkey-said]")) line.hidden = line.dataset.passkeySaid !== name;
};
if (form && window.PublicKeyCredential) {
  const pending = new AbortController();
  form.hidden = false;
  for (const other of document.forms) if (other !== form) other.addEventListener("submit", () => pending.abort());
  form.addEventListener("submit", async (event) => {
    if (form.credential.value) return;
    event.preventDefault();
    said("waiting");
    try {
      const publicKey = decoded(JSON.parse(form.dataset.options).publicKey);
      const credential = await navigator.credentials[form.dataset.passkey]({ publicKey, signal: pending.signal });
      form.credential.value = encoded(credential);
      form.submit();
    } catch (error) {
      said(error.name === "InvalidStateError" ? "held" : "stopped");
    }
  });
} else {
  said("unable");
}
