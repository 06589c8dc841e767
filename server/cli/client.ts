import type { Client } from '../client/connect.ts';
import { connectToServer } from '../client/connect.ts';
import { findHome } from '../client/home.ts';

/** Do something with the training server of this folder, which is started where it is not running. */
export async function withServer<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectToServer({ home: findHome(process.cwd()), start: true });
  try {
    return await use(client);
  } finally {
    client.dispose();
  }
}
