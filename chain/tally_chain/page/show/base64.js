/** Base64 in the one way in which bytes can be written (RFC 4648 §4, with padding, no line ends). */

/** Bytes as base64. */
export function encodeBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_766) text += btoa(String.fromCharCode(...bytes.subarray(at, at + 32_766)));
  return text;
}

/** The bytes of a base64 text; null where it is none, or another way of writing them. */
export function decodeBase64(text) {
  if (text.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const decoded = atob(text);
  const bytes = new Uint8Array(decoded.length);
  for (let at = 0; at < decoded.length; at++) bytes[at] = decoded.charCodeAt(at);
  const last = text.slice(-4);
  const rest = bytes.length % 3 || 3;
  return last === "" || encodeBase64(bytes.subarray(bytes.length - rest)) === last ? bytes : null;
}
