/**
 * Explains pip's output to the user. Pure; the texts are those that pip 21 to 26 print.
 */
import { lastLines, RuntimeError, type RuntimeErrorCode, type RuntimeErrorText } from './errors.ts';

interface Reading {
  code: RuntimeErrorCode;
  signs: RegExp;
  text(requirement: string): RuntimeErrorText;
}

/** The first match counts: without a connection pip also prints that no version was found. */
const READINGS: readonly Reading[] = [
  {
    code: 'no-pip',
    signs: /No module named '?pip\b/,
    text: () => ({
      what: 'This Python has no pip.',
      advice: 'Install it (Debian, Ubuntu: the package python3-pip), or name another Python with --python.',
    }),
  },
  {
    code: 'disk',
    signs: /No space left on device|\[Errno 28\]|not enough space on the disk/i,
    text: () => ({
      what: 'The disk is full.',
      advice: 'Free some space, or set RECTISCOPE_RUNTIME to a folder on another disk.',
    }),
  },
  {
    code: 'wrong-hash',
    signs: /DO NOT MATCH THE HASHES|HashMismatch/,
    text: (requirement) => ({
      what: `The file received for ${requirement} is not the published one.`,
      advice: 'Run it again; if it fails again, ask the administrator of pip’s package mirror (`pip config list`).',
    }),
  },
  {
    code: 'proxy',
    signs: /ProxyError|Tunnel connection failed|Cannot connect to proxy|407 Proxy/i,
    text: () => ({
      what: 'pip could not get through the proxy.',
      advice: 'Check name, port and password of HTTPS_PROXY (or `pip config list`), and run it again.',
    }),
  },
  {
    code: 'certificate',
    signs: /CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SSLError|certificate verify failed/i,
    text: () => ({
      what: 'pip does not trust the certificate of the package index.',
      advice: 'Behind an inspecting proxy, give pip its certificate: `pip config set global.cert FILE`.',
    }),
  },
  {
    code: 'offline',
    signs:
      /NewConnectionError|NameResolutionError|Failed to establish a new connection|Temporary failure in name resolution|Name or service not known|nodename nor servname|getaddrinfo failed|Network is unreachable|No route to host|ConnectTimeoutError/i,
    text: () => ({
      what: 'pip could not reach the package index: this machine seems to be offline.',
      advice:
        'Connect it, or set HTTPS_PROXY if there is a proxy; or use a Python environment that has TensorFlow: `rectiscope runtime install --source environment --python FOLDER`.',
    }),
  },
  {
    code: 'refused',
    signs: /\b(401|403|404|429|5\d\d) (Client|Server) Error|HTTP error (401|403|404|429|5\d\d)|User for .*:/i,
    text: () => ({
      what: 'The package index refused the request.',
      advice: 'Check address and password of pip’s package index (`pip config list`).',
    }),
  },
  {
    code: 'fetch',
    signs:
      /ReadTimeoutError|Read timed out|IncompleteRead|Connection broken|ConnectionResetError|Connection aborted|RemoteDisconnected|ProtocolError/i,
    text: () => ({
      what: 'The connection was lost while pip was downloading.',
      advice: 'Run it again; a slow connection may need `PIP_DEFAULT_TIMEOUT=300`.',
    }),
  },
  {
    code: 'no-wheel',
    signs: /No matching distribution found|Could not find a version that satisfies/i,
    text: (requirement) => ({
      what: `pip’s package index has no ${requirement} for this platform.`,
      advice:
        'Check `pip config list`: a mirror may lack it or be unreachable; and update pip (`python -m pip install --upgrade pip`). Or use a Python environment that has TensorFlow: --source environment.',
    }),
  },
  {
    code: 'permission',
    signs: /Permission denied|\[Errno 13\]|Access is denied/i,
    text: () => ({
      what: 'pip was not allowed to write.',
      advice: 'Make sure that the runtime’s folder belongs to you, or set RECTISCOPE_RUNTIME to one that does.',
    }),
  },
];

/** The error for a failed pip. @param requirement what it should have fetched */
export function pipFailure(requirement: string, output: string): RuntimeError {
  const detail = lastLines(output);
  const reading = READINGS.find(({ signs }) => signs.test(output));
  if (reading !== undefined) return new RuntimeError(reading.code, { ...reading.text(requirement), detail });
  return new RuntimeError('fetch', {
    what: `pip could not fetch ${requirement}.`,
    advice: 'Its output is below.',
    detail,
  });
}
