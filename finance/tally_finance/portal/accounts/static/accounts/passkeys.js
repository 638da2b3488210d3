// Passkeys: a form that says data-passkey is shown, asks the portal for its question, the authenticator for the answer,
// and is sent with it. Without scripts, or where the browser knows no passkeys, it stays hidden.

const chinese = document.documentElement.lang === "zh-CN";

/**
 * The question of the portal, in the form that the browser takes.
 * @param {HTMLFormElement} form
 * @returns {Promise<{options: object, key: string}>}
 */
async function question(form) {
  const body = new URLSearchParams();
  const csrf = form.elements.namedItem("csrf");
  if (csrf) body.set("csrf", csrf.value);
  const answer = await fetch(form.dataset.question, { method: "POST", body, redirect: "error" });
  if (!answer.ok) throw new Error(`the portal said ${answer.status}`);
  const told = await answer.json();
  return { options: JSON.parse(told.options), key: told.key };
}

/**
 * Ask the authenticator, and send the form with what it answers.
 * @param {HTMLFormElement} form
 */
async function ask(form) {
  const { options, key } = await question(form);
  const credential = form.dataset.passkey === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  form.elements.namedItem("key").value = key;
  form.elements.namedItem("answer").value = JSON.stringify(credential.toJSON());
  form.submit();
}

if (window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const wrong = form.querySelector(".wrong"), button = form.querySelector("button");
      wrong.hidden = true;
      button.disabled = true;
      try {
        await ask(form);
      } catch {
        wrong.textContent = chinese ? wrong.dataset.saidZh : wrong.dataset.saidEn;
        wrong.hidden = false;
        button.disabled = false;
        delete form.dataset.sent;
      }
    });
  }
}
