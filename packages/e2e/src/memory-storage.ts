/**
 * The storage of one site in one browser, with keys as properties. A second client with the same storage is a
 * reload, or a second tab.
 */
export function createMemoryStorage(): Storage {
  const entries = new Map<string, string>();
  const methods: Storage = {
    get length() {
      return entries.size;
    },
    key: (index) => [...entries.keys()][index] ?? null,
    getItem: (key) => entries.get(key) ?? null,
    setItem(key, value) {
      entries.set(key, value);
    },
    removeItem(key) {
      entries.delete(key);
    },
    clear: () => entries.clear(),
  };
  const isMethod = (key: string | symbol): key is keyof Storage & string => Object.hasOwn(methods, key);
  return new Proxy(methods, {
    get: (_target, key) => (isMethod(key) ? methods[key] : entries.get(String(key))),
    set(_target, key, value) {
      entries.set(String(key), String(value));
      return true;
    },
    deleteProperty(_target, key) {
      entries.delete(String(key));
      return true;
    },
    ownKeys: () => [...entries.keys()],
    getOwnPropertyDescriptor(_target, key) {
      const value = entries.get(String(key));
      return value === undefined
        ? undefined
        : { value, enumerable: true, configurable: true, writable: true };
    },
  });
}
