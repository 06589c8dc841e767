/**
 * Whether a worker answers. TensorFlow's own calls wait forever for one that does not; this calls `GetStatus` of its worker
 * service (gRPC over HTTP/2) with a time limit. A suspended process accepts connections, so a
 * connection alone proves nothing.
 */
import { type ClientHttp2Session, connect } from 'node:http2';

/** An empty GetStatusRequest in a gRPC frame: not compressed, of length 0. */
const REQUEST = new Uint8Array(5);
/** HTTP/2 itself has no place for gRPC's status in the response; it is in the trailers. */
const OK = '0';

export interface WorkerStatus {
  /** Why it does not answer, as the end of a sentence; absent if it does. */
  readonly problem?: string;
  /** It has a GPU that TensorFlow uses. */
  readonly gpu?: boolean;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no machine has this name',
  EAI_AGAIN: 'its name can’t be resolved at the moment',
  EHOSTUNREACH: 'the network has no route to it',
  ENETUNREACH: 'the network has no route to it',
  ECONNRESET: 'it closed the connection',
};
const inWords = ({ code = '', message }: NodeJS.ErrnoException): string =>
  WORDS[code] ?? (code.startsWith('ERR_HTTP2') ? 'the program listening there is not `rectiscope worker`' : message);

/** Ask a worker at `host:port`; resolves within `milliseconds`. */
export function workerStatus(address: string, milliseconds: number): Promise<WorkerStatus> {
  return new Promise((resolve) => {
    let session: ClientHttp2Session | undefined;
    const done = (status: WorkerStatus) => {
      clearTimeout(timer);
      session?.destroy();
      resolve(status);
    };
    const timer = setTimeout(() => done({ problem: `no answer within ${milliseconds / 1000} s` }), milliseconds);
    session = connect(`http://${address}`);
    session.on('error', (error) => done({ problem: inWords(error) }));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/tensorflow.WorkerService/GetStatus',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    // The session reports the reason; a stream without a listener would end the process.
    stream.on('error', (error) => setImmediate(() => done({ problem: inWords(error) })));
    stream.on('trailers', (headers) => {
      if (headers['grpc-status'] !== OK)
        return done({ problem: 'the program listening there is not `rectiscope worker`' });
      // The answer contains the names of its devices as plain text.
      return done({ gpu: Buffer.concat(chunks).includes('/device:GPU:') });
    });
    stream.on('close', () =>
      setImmediate(() => done({ problem: 'the program listening there is not `rectiscope worker`' })),
    );
    stream.end(REQUEST);
  });
}
