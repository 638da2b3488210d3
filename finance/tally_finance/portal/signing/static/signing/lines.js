// Lists in a form: one on a line.

/** One more line, or some, below what stands there. */
export function addLines(field, lines) {
  const before = field.value.trimEnd();
  field.value = (before ? [before, ...lines] : lines).join("\n");
}
