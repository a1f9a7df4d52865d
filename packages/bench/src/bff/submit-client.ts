import { Pool } from "undici";
import { ORIGIN } from "./bench-target.ts";
import { inParallel } from "./in-parallel.ts";

/** A request body and its token. */
export interface Post {
  readonly token: string | null;
  readonly body: unknown;
}

export interface SubmitClient extends AsyncDisposable {
  /** Posts the next request and reads the answer. Resolves with the status. */
  post(): Promise<number>;
  /** Posts `count` times, 32 at a time. @throws if one is refused */
  postMany(count: number): Promise<void>;
}

const CONCURRENCY = 32;

/** Posts over persistent connections, as browsers behind a load balancer do. */
export function createSubmitClient(
  serverUrl: string,
  path: string,
  postOf: (index: number) => Post,
): SubmitClient {
  const pool = new Pool(serverUrl, { connections: 128 });
  let posted = 0;

  async function post(): Promise<number> {
    const { token, body } = postOf(posted);
    posted += 1;
    const answer = await pool.request({
      method: "POST",
      path,
      headers: {
        "content-type": "application/json",
        origin: ORIGIN,
        ...(token !== null && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    await answer.body.dump();
    return answer.statusCode;
  }

  return {
    post,
    postMany: (count) =>
      inParallel(count, CONCURRENCY, async () => {
        const status = await post();
        if (status >= 300) throw new Error(`${serverUrl}${path} answered ${status}`);
      }),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}
