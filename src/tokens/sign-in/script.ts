/**
 * The only script: passkeys. Without it, or where the browser has none of this, the forms it shows stay hidden and all else
 * works. It asks for options, lets the browser do the ceremony, and sends the form.
 */
export const SCRIPT = `'use strict';
(() => {
  const credentials = globalThis.PublicKeyCredential;
  if (!credentials || !credentials.parseRequestOptionsFromJSON || !credentials.parseCreationOptionsFromJSON) return;
  // Of the ceremonies of a page one runs: a device asked twice refuses. One is sent: a second answer would come to a
  // sign-in that is over. Where nothing comes of it, the page may be used again after ten seconds.
  let running;
  let sentAt = -Infinity;
  const isSent = () => performance.now() - sentAt < 10000;
  globalThis.addEventListener('pageshow', (event) => { if (event.persisted) sentAt = -Infinity; });
  const tell = (form, text) => { form.querySelector('[role=status]').textContent = text; };
  const optionsFor = async (form, signal) => {
    const answer = await fetch(form.dataset.options, {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: form.elements.token.value }).toString(),
    });
    if (!answer.ok) throw new Error('refused');
    return answer.json();
  };
  const send = (form, credential) => {
    if (isSent()) return;
    sentAt = performance.now();
    form.elements.response.value = JSON.stringify(credential.toJSON());
    const remember = document.querySelector('input[type=checkbox][name=remember]');
    if (form.elements.remember && remember) form.elements.remember.value = remember.checked ? 'on' : '';
    form.submit();
  };
  const ceremony = async (form, how) => {
    if (isSent()) return;
    if (running) running.abort();
    running = new AbortController();
    const { signal } = running;
    try {
      const options = await optionsFor(form, signal);
      const credential = form.dataset.passkey === 'create'
        ? await navigator.credentials.create({ publicKey: credentials.parseCreationOptionsFromJSON(options), signal })
        : await navigator.credentials.get({ publicKey: credentials.parseRequestOptionsFromJSON(options), signal, ...how });
      send(form, credential);
    } catch (fault) {
      if (!signal.aborted) throw fault;
    }
  };
  for (const part of document.querySelectorAll('[data-with-passkeys]')) part.hidden = false;
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!isSent()) tell(form, 'Waiting for your device …');
      ceremony(form, {}).catch(() => tell(form, 'That did not work. You can try again, or use another way.'));
    });
  }
  // A password that is on its way is not overtaken by the autofill.
  document.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return;
    sentAt = performance.now();
    if (running) running.abort();
  });
  const first = document.querySelector('form[data-passkey=get]');
  if (first && document.querySelector('input[autocomplete~=webauthn]') && credentials.isConditionalMediationAvailable)
    credentials.isConditionalMediationAvailable().then((available) => {
      if (available && !running) return ceremony(first, { mediation: 'conditional' });
    }).catch(() => undefined);
})();
`;
