/**
 * Access control of the panel in a browser. The server listens on loopback only, but every program on this machine and every
 * page in this browser can still connect: so a token of 192 bits is required, and the names in Host and Origin are checked, which
 * keeps out a page of another site whose name was made to point here (DNS rebinding).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Compares in constant time, whatever is given. */
const isSame = (given: string, wanted: string): boolean =>
  timingSafeEqual(digest('same', given), digest('same', wanted));

const digest = (key: string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

export const isToken = (given: string | null, token: string): boolean => given !== null && isSame(given, token);

/**
 * The cookie with which a browser reloads the page without its token in the address. It opens only the page itself,
 * which contains no data, since browsers send cookies to every port of a host.
 */
export const pageKey = (token: string): string => digest(token, 'page').toString('base64url');

/** Proves to a page that this server knows the token; a page requests it before it sends the token. */
export const proofFor = (token: string, challenge: string): string =>
  digest(token, `proof ${challenge}`).toString('base64url');

/** Whether a request carries the page's cookie. `port` is in its name: cookies are shared by all ports. */
export const hasPageKey = (headers: IncomingHttpHeaders, { port, token }: { port: number; token: string }): boolean =>
  (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim().split('='))
    .some(([name, value]) => name === cookieName(port) && value !== undefined && isSame(value, pageKey(token)));

export const cookieName = (port: number): string => `rectiscope-panel-${port}`;

/** Names that no other site can have. The port may differ from ours: a tunnel has its own. */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/** Why a request does not come from our page; undefined if it does. */
export function strangeness(headers: IncomingHttpHeaders): string | undefined {
  const { host = '', origin } = headers;
  if (!OWN_HOST.test(host))
    return 'The panel answers only to 127.0.0.1 and localhost: through a tunnel, use one of these names.';
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    return 'A page of another site requested the panel.';
  return undefined;
}

/** Whether a request for data, not for the page, comes from our own page, as far as the browser reports it. */
export const isOwnRequest = ({ 'sec-fetch-site': site }: IncomingHttpHeaders): boolean =>
  site === undefined || site === 'same-origin';

/** The token of a request for data. */
export const bearer = ({ authorization = '' }: IncomingHttpHeaders): string | null =>
  /^Bearer (?<token>\S+)$/i.exec(authorization)?.groups?.['token'] ?? null;
