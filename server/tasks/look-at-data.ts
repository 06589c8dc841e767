import type { DataLook } from '../protocol/data-look.ts';
import type { RunFile } from '../run-file/read.ts';

/** What can be told of the data; without data there is nothing to load the image decoder for. */
export async function lookAtDataOf({ config }: RunFile): Promise<DataLook> {
  if (!config?.data) return {};
  const { lookAtData } = await import('../data/look.ts');
  return lookAtData(config);
}
