/**
 * Who is let in to the panel of a browser. The server listens on loopback only, where every program of this machine and every
 * page of this browser can still knock: so a token of 192 bits is asked for, and the names in Host and Origin are looked at, which
 * keeps out a page of another site whose name was made to point here (DNS rebinding).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Compares in a time that tells nothing, whatever is given. */
const isSame = (given: string, wanted: string): boolean =>
  timingSafeEqual(digest('same', given), digest('same', wanted));

const digest = (key: string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

export const isToken = (given: string | null, token: string): boolean => given !== null && isSame(given, token);

/**
 * What a browser keeps in a cookie so that the page can be loaded again without its token in the address. It opens the page only,
 * which says nothing: browsers send cookies to every port of a host.
 */
export const pageKey = (token: string): string => digest(token, 'page').toString('base64url');

/** What shows a page that this server knows the token: it is asked before a page gives its token away. */
export const proofFor = (token: string, challenge: string): string =>
  digest(token, `proof ${challenge}`).toString('base64url');

/** Whether a request carries the page's cookie. `port` is in its name: cookies are shared by all ports. */
export const hasPageKey = (headers: IncomingHttpHeaders, { port, token }: { port: number; token: string }): boolean =>
  (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim().split('='))
    .some(([name, value]) => name === cookieName(port) && value !== undefined && isSame(value, pageKey(token)));

export const cookieName = (port: number): string => `rectiscope-panel-${port}`;

/** Names that no other site can have. The port may be another one at this end: that of a tunnel. */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/** Why a request does not come from a page of ours, or undefined. */
export function strangeness(headers: IncomingHttpHeaders): string | undefined {
  const { host = '', origin } = headers;
  if (!OWN_HOST.test(host))
    return 'The panel answers to 127.0.0.1 and localhost only: through a tunnel, use one of these names.';
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    return 'A page of another site asked for the panel.';
  return undefined;
}

/** Whether a request for data, not for the page, is made by our own page, as far as the browser tells. */
export const isOwnRequest = ({ 'sec-fetch-site': site }: IncomingHttpHeaders): boolean =>
  site === undefined || site === 'same-origin';

/** The token that a request for data carries. */
export const bearer = ({ authorization = '' }: IncomingHttpHeaders): string | null =>
  /^Bearer (?<token>\S+)$/i.exec(authorization)?.groups?.['token'] ?? null;
