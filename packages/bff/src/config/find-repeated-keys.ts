const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g;

/**
 * The keys that an object within a JSON text has more than once, each behind the keys that lead to it. `JSON.parse` keeps the
 * last value without a word.
 *
 * @param json valid
 */
export function findRepeatedKeys(json: string): readonly (readonly string[])[] {
  const repeated: (readonly string[])[] = [];
  const open: { readonly path: readonly string[]; readonly keys: Set<string> }[] = [];
  let path: readonly string[] = [];
  for (const [token, text = "", colon] of json.matchAll(TOKEN)) {
    const object = open.at(-1);
    if (token === "{") open.push({ path, keys: new Set() });
    else if (token === "}") open.pop();
    else if (object && colon) {
      const key: string = JSON.parse(text);
      path = [...object.path, key];
      if (object.keys.has(key)) repeated.push(path);
      object.keys.add(key);
    }
  }
  return repeated;
}
