import { invalidRequest, OAuthRefusal } from './oauth.refusal.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a form strictly: what two readers could understand differently is refused.
 * @throws OAuthRefusal
 */
export function parseForm(body: Buffer): Map<string, string> {
  const form = new Map<string, string>();
  for (const pair of decode(body).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = unescape(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : unescape(pair.slice(equals + 1));
    if (form.has(name)) throw invalidRequest('A parameter must not be given twice.');
    // As wrong as a wrong password: nothing we store or compare with holds a NUL.
    if (`${name}${value}`.includes('\0'))
      throw new OAuthRefusal(400, 'invalid_grant', 'A value holds a NUL character.');
    form.set(name, value);
  }
  return form;
}

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw invalidRequest('The body is not valid UTF-8.');
  }
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidRequest(
      'The body is not a form in UTF-8: a percent sign must begin an escape, such as %25 for itself.',
    );
  }
}
