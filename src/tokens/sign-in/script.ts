/**
 * The only script: passkeys. Without it, or where the browser has none of this, the forms it shows stay hidden and all else
 * works. It asks for options, lets the browser do the ceremony, and sends the form.
 */
export const SCRIPT = `'use strict';
(() => {
  const credentials = globalThis.PublicKeyCredential;
  if (!credentials || !credentials.parseRequestOptionsFromJSON || !credentials.parseCreationOptionsFromJSON) return;
  let waiting;
  const tell = (form, text) => { form.querySelector('[role=status]').textContent = text; };
  const optionsFor = async (form) => {
    const answer = await fetch(form.dataset.options, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: form.elements.token.value }).toString(),
    });
    if (!answer.ok) throw new Error('refused');
    return answer.json();
  };
  const send = (form, credential) => {
    form.elements.response.value = JSON.stringify(credential.toJSON());
    const remember = document.querySelector('input[type=checkbox][name=remember]');
    if (form.elements.remember && remember) form.elements.remember.value = remember.checked ? 'on' : '';
    form.submit();
  };
  const ceremony = async (form, extra) => {
    const options = await optionsFor(form);
    const credential = form.dataset.passkey === 'create'
      ? await navigator.credentials.create({ publicKey: credentials.parseCreationOptionsFromJSON(options), ...extra })
      : await navigator.credentials.get({ publicKey: credentials.parseRequestOptionsFromJSON(options), ...extra });
    send(form, credential);
  };
  for (const part of document.querySelectorAll('[data-with-passkeys]')) part.hidden = false;
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (waiting) waiting.abort();
      waiting = undefined;
      tell(form, 'Waiting for your device …');
      ceremony(form, {}).catch(() => tell(form, 'That did not work. You can try again, or use another way.'));
    });
  }
  const first = document.querySelector('form[data-passkey=get]');
  if (first && document.querySelector('input[autocomplete~=webauthn]') && credentials.isConditionalMediationAvailable)
    credentials.isConditionalMediationAvailable().then((available) => {
      if (!available) return undefined;
      waiting = new AbortController();
      return ceremony(first, { mediation: 'conditional', signal: waiting.signal });
    }).catch(() => undefined);
})();
`;
