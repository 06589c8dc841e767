/** Which part of an image a network sees. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { centerView, resizedExtent } from '../../server/domain/augmentation/view.ts';

describe('the shorter side of an image', () => {
  it('becomes what was asked for, upright or not, the aspect kept to the nearest pixel', () => {
    assert.deepEqual(resizedExtent({ height: 300, width: 400 }, 256), { height: 256, width: 341 });
    assert.deepEqual(resizedExtent({ height: 400, width: 300 }, 256), { height: 341, width: 256 });
    assert.deepEqual(resizedExtent({ height: 7, width: 7 }, 100), { height: 100, width: 100 });
    assert.deepEqual(resizedExtent({ height: 1, width: 3 }, 2), { height: 2, width: 6 });
    assert.deepEqual(resizedExtent({ height: 3, width: 4 }, undefined), { height: 3, width: 4 });
  });
});

describe('the view of testing', () => {
  it('is the centre of the resized image', () => {
    const crop = { height: 224, width: 224 };
    assert.deepEqual(centerView({ height: 300, width: 400 }, { crop, shorterSide: 256 }), {
      resized: { height: 256, width: 341 },
      top: 16,
      left: 58,
      flip: false,
    });
    assert.deepEqual(centerView({ height: 5, width: 4 }, { crop: { height: 2, width: 4 } }), {
      resized: { height: 5, width: 4 },
      top: 1,
      left: 0,
      flip: false,
    });
  });
});
