import { findHome } from './home.ts';
import { LastingClient } from './lasting-client.ts';

/** Do something with the training server of this folder, which is started where it is not running. */
export async function withServer<T>(use: (client: LastingClient) => Promise<T>): Promise<T> {
  const client = await LastingClient.connect({ home: findHome(process.cwd()) });
  try {
    return await use(client);
  } finally {
    client.dispose();
  }
}
