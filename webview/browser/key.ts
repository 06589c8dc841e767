/** The token that this page was opened with: removed from the address at once, stored only in this tab. */

const KEPT = 'rectiscope.token';

/** From the address, else stored earlier in this tab; undefined in a tab that never had it. */
export function tokenOfThisTab(): string | undefined {
  const given = new URLSearchParams(location.search).get('token');
  if (given === null) return sessionStorage.getItem(KEPT) ?? undefined;
  sessionStorage.setItem(KEPT, given);
  history.replaceState(null, '', '/');
  return given;
}

/** Time for an answer, milliseconds. */
const ANSWER_MS = 5000;

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const base64url = (buffer: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/**
 * Whether the server at this address knows the token (`proofFor` in server/panel/door.ts computes the same). Another program may
 * listen here after the panel has ended, and must not receive the token. Rejects if there is no answer.
 */
export async function knowsToken(token: string): Promise<boolean> {
  const challenge = base64url(crypto.getRandomValues(new Uint8Array(24)).buffer);
  const response = await fetch(`/proof?challenge=${challenge}`, {
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const key = await crypto.subtle.importKey('raw', bytes(token), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const wanted = base64url(await crypto.subtle.sign('HMAC', key, bytes(`proof ${challenge}`)));
  return response.ok && (await response.text()) === wanted;
}
