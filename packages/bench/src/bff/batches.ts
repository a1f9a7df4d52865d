import { percentile } from "../chaos/percentile.ts";

/** Repeated work of one server. */
export interface Contender {
  /** Runs it `count` times. */
  readonly run: (count: number) => Promise<void>;
  /** The CPU time that the server has used so far. */
  readonly spentUs: () => number;
}

export interface Comparison {
  /** The median, for one. */
  readonly us: number;
  readonly referenceUs: number;
  /** The median of the ratios of adjacent batches. */
  readonly ratio: number;
}

/**
 * Compares two servers by short alternating batches, so that other load on the machine affects both. The order
 * alternates, too. The median drops batches that were disturbed.
 */
export async function compareInBatches(
  contender: Contender,
  reference: Contender,
  { batches, batchSize }: { readonly batches: number; readonly batchSize: number },
): Promise<Comparison> {
  const costs = new Map<Contender, number[]>([
    [contender, []],
    [reference, []],
  ]);
  for (let batch = 0; batch < batches; batch += 1) {
    for (const one of batch % 2 === 0 ? [contender, reference] : [reference, contender]) {
      const beforeUs = one.spentUs();
      await one.run(batchSize);
      costs.get(one)?.push((one.spentUs() - beforeUs) / batchSize);
    }
  }
  const [own = [], theirs = []] = costs.values();
  return {
    us: percentile(own, 0.5),
    referenceUs: percentile(theirs, 0.5),
    ratio: percentile(
      own.map((us, batch) => us / (theirs[batch] ?? Number.NaN)),
      0.5,
    ),
  };
}
