/** What happens next in a simulation: a binary heap over typed arrays, so that a million clients fit. */
export interface EventHeap {
  readonly size: number;
  push(atMs: number, client: number, tag: number): void;
  /** Takes the earliest event into `atMs`, `client` and `tag`; false where none is left. */
  pop(): boolean;
  readonly atMs: number;
  readonly client: number;
  /** Whatever was pushed with the event: what it is, and to which generation it belongs. */
  readonly tag: number;
}

export function createEventHeap(initialCapacity = 1024): EventHeap {
  let times = new Float64Array(initialCapacity);
  let clients = new Uint32Array(initialCapacity);
  let tags = new Float64Array(initialCapacity);
  let size = 0;
  const popped = { atMs: 0, client: 0, tag: 0 };

  // Indices stay within `size`, so reads never miss.
  const time = (index: number) => times[index] as number;
  const put = (index: number, atMs: number, client: number, tag: number) => {
    times[index] = atMs;
    clients[index] = client;
    tags[index] = tag;
  };
  const copy = (from: number, to: number) =>
    put(to, time(from), clients[from] as number, tags[from] as number);

  function grow(): void {
    const grown = {
      times: new Float64Array(size * 2),
      clients: new Uint32Array(size * 2),
      tags: new Float64Array(size * 2),
    };
    grown.times.set(times);
    grown.clients.set(clients);
    grown.tags.set(tags);
    ({ times, clients, tags } = grown);
  }

  return {
    get size() {
      return size;
    },
    get atMs() {
      return popped.atMs;
    },
    get client() {
      return popped.client;
    },
    get tag() {
      return popped.tag;
    },
    push(atMs, client, tag) {
      if (size === times.length) grow();
      let index = size;
      size += 1;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (time(parent) <= atMs) break;
        copy(parent, index);
        index = parent;
      }
      put(index, atMs, client, tag);
    },
    pop() {
      if (size === 0) return false;
      popped.atMs = time(0);
      popped.client = clients[0] as number;
      popped.tag = tags[0] as number;
      size -= 1;
      const atMs = time(size);
      const client = clients[size] as number;
      const tag = tags[size] as number;
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (child >= size) break;
        if (child + 1 < size && time(child + 1) < time(child)) child += 1;
        if (time(child) >= atMs) break;
        copy(child, index);
        index = child;
      }
      put(index, atMs, client, tag);
      return true;
    },
  };
}
