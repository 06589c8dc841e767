/** Leaving the batch open: what a program says of any number of examples. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FREE, freeBatch } from '../../server/domain/program/free-batch.ts';
import { deploymentProgram } from '../../server/domain/step/deployment.ts';
import { evaluationProgram, stepProgram } from '../../server/domain/step/step.ts';
import { allCases, orderCases } from '../support/network-cases.ts';
import { sgdOf } from '../support/sgd.ts';
import { got } from '../support/tensor.ts';

const { network } = got(orderCases[0], 'a network');

describe('a program whose batch is left open', () => {
  it('is open in its inputs, its fetches and everything between, and in no parameter', () => {
    for (const { name, network: own } of allCases) {
      const program = freeBatch(evaluationProgram(own, 1));
      assert.deepEqual(program.inputs.get('evaluation_images')?.shape, [FREE, ...own.input], name);
      assert.deepEqual(program.fetches.get('evaluation_logits')?.shape, [FREE, own.classes], name);
      for (const { type, outputs, inputs } of program.operations) {
        const free = inputs.some(({ shape }) => shape[0] === FREE) || type === 'Placeholder';
        for (const { shape } of outputs) assert.equal(shape[0] === FREE, free, `${name}: ${type}`);
        if (type === 'ReadVariableOp') assert.ok(!free);
      }
    }
  });

  it('keeps what operations depend on, and nothing of the program that it was made from', () => {
    const program = freeBatch(evaluationProgram(network, 1));
    const known = new Set(program.operations);
    for (const { inputs, after } of program.operations)
      for (const operation of [...inputs.map((value) => value.operation), ...after]) assert.ok(known.has(operation));
    for (const value of [...program.fetches.values(), ...program.inputs.values()])
      assert.ok(known.has(value.operation));
  });

  it('is refused if examples are mixed', () => {
    const step = stepProgram({ network, batch: 2, parts: 1, train: sgdOf(0.9, 0) });
    assert.throws(() => freeBatch(step), /mixes examples/);
    assert.throws(() => freeBatch(stepProgram({ network, batch: 4, parts: 2, train: sgdOf(0, 0) })), /mixes/);
  });
});

describe('the program that leaves', () => {
  const types = (normalization: Parameters<typeof deploymentProgram>[1]) =>
    deploymentProgram(network, normalization).operations.map(({ type }) => type);

  it('normalises only if there is something to do', () => {
    assert.ok(!types({}).includes('Sub') && !types({}).includes('Mul'));
    const channels = network.input[2];
    const all = types({ mean: new Array(channels).fill(0.5), scale: new Array(channels).fill(2) });
    assert.ok(all.includes('Sub') && all.includes('Mul'));
  });
});
