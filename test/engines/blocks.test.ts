/** Where onnxruntime has convolutions on blocks of channels, networks with whole blocks are computed there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Program } from '../../server/domain/program/operation.ts';
import { partProgram } from '../../server/domain/step/step.ts';
import { channelBlock } from '../../server/engines/onnx/channel-block.ts';
import { writeModel } from '../../server/engines/onnx/model.ts';
import { conv, dense } from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';

const programOf = (filters: number): Program => {
  const network = networkOf({ input: [6, 6, 1], layers: [conv(filters, 3), conv(filters, 3), dense(3)] });
  return partProgram({ network, batch: 2, examples: 2 });
};

const hasBlocks = (model: Uint8Array): boolean => Buffer.from(model).includes('com.microsoft.nchwc');

describe('blocks of channels', () => {
  it('are as wide as the processor’s vectors, if it has any', async () => {
    const block = await channelBlock();
    // Every processor of these that runs Node 22 has them.
    if (process.arch === 'x64') assert.ok(block === 8 || block === 16, `${block}`);
  });

  it('are used by networks that have whole ones, and no others', () => {
    assert.equal(hasBlocks(writeModel(programOf(16), { block: 8 })), true);
    assert.equal(hasBlocks(writeModel(programOf(12), { block: 8 })), false);
    assert.equal(hasBlocks(writeModel(programOf(16))), false);
  });
});
