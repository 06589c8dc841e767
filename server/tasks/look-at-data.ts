import type { DataLook } from '../protocol/data-look.ts';
import type { RunFile } from '../run-file/read.ts';

/** The known facts about the data; without data the image decoder is not loaded. */
export async function lookAtDataOf({ config }: RunFile): Promise<DataLook> {
  if (!config?.data) return {};
  const { lookAtData } = await import('../data/look.ts');
  return lookAtData(config);
}
