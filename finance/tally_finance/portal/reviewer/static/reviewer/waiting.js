// A report is being computed again: look every two seconds, and load the page again when that ends.

const EVERY_MS = 2000;

/** Ask what became of it until it is no longer computing. */
async function wait(place) {
  for (;;) {
    await new Promise((done) => setTimeout(done, EVERY_MS));
    const answer = await fetch(place.dataset.waitsFor, { headers: { accept: "application/json", "x-by-itself": "1" } }).catch(() => null);
    if (!answer?.ok) continue;
    if ((await answer.json()).state !== "computing") {
      location.reload();
      return;
    }
  }
}

for (const place of document.querySelectorAll("[data-waits-for]")) wait(place);
