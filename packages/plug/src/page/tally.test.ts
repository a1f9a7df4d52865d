import { describe, expect, it } from "vitest";
import { tallyOwner, tallyVisitor } from "./tally.ts";

describe("the visitor's messages", () => {
  it("are missing until the platform has stored them, and lost only if shown as sent but not stored", () => {
    expect(tallyVisitor({ sent: 4, stored: [1, 2], shown: [1] })).toEqual({
      ...{ sent: 4, stored: 2, shown: 1, missing: 2, lost: 0, doubled: 0, outOfOrder: 0 },
    });
    expect(tallyVisitor({ sent: 4, stored: [1, 3], shown: [1, 2] })).toMatchObject({ missing: 2, lost: 1 });
  });

  it("count as doubled for each extra copy, and as out of order after a later message", () => {
    const tally = tallyVisitor({ sent: 3, stored: [2, 1, 1, 3], shown: [1, 2, 3] });
    expect(tally).toMatchObject({ stored: 3, missing: 0, doubled: 1, outOfOrder: 2 });
    const retried = tallyVisitor({ sent: 3, stored: [2, 3, 1], shown: [2, 3, 1], retried: new Set([1]) });
    expect(retried).toMatchObject({ missing: 0, outOfOrder: 0 });
  });
});

describe("the owner's messages", () => {
  it("are missing until the visitor sees them, and lost once a later message is shown", () => {
    expect(tallyOwner({ sent: 5, stored: [1, 2, 3, 4, 5], shown: [1, 2] })).toMatchObject({
      missing: 3,
      lost: 0,
    });
    expect(tallyOwner({ sent: 5, stored: [1, 2, 3, 4, 5], shown: [1, 3, 3] })).toMatchObject({
      missing: 3,
      lost: 1,
      doubled: 1,
    });
  });
});
