import { randomFillSync } from "node:crypto";

const BLOCKS = 32;

/**
 * Returns a function that returns random bytes, the same number at each call. They are generated for several calls at once,
 * because generating a few takes as long as encrypting a record. None are returned twice.
 */
export function createRandomBlocks(blockBytes: number): () => Buffer {
  let blocks = Buffer.alloc(0);
  return () => {
    // New memory each time: blocks that were returned may still be in use.
    if (blocks.length === 0) blocks = randomFillSync(Buffer.alloc(BLOCKS * blockBytes));
    const block = blocks.subarray(0, blockBytes);
    blocks = blocks.subarray(blockBytes);
    return block;
  };
}
