import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";

/** How owners authenticate. A method that is not configured is off. */
export interface OwnerTokenOptions {
  /** Accepted as is. null if the sandbox is not bound to a loopback address. */
  readonly devToken: string | null;
  /** HS256; at least 32 bytes. */
  readonly secret: string | null;
  /** RS256, the keys fetched from here, as Keycloak publishes them. */
  readonly jwksUrl: string | null;
  /** Required in a JWT's `aud` and `iss`, if set. */
  readonly audience: string | null;
  readonly issuer: string | null;
}

export interface Owner {
  /** Shown to visitors beside a reply. null if the token has no name. */
  readonly name: string | null;
}

export interface OwnerTokens {
  /** The owner that a token identifies, or null if it is not valid. Never throws. */
  verify(token: string): Promise<Owner | null>;
}

/** @throws {RangeError} if the secret is shorter than HS256 asks for */
export function createOwnerTokens(options: OwnerTokenOptions): OwnerTokens {
  const claims = claimChecks(options);
  const verifiers: ((token: string) => Promise<JWTPayload>)[] = [];

  if (options.secret !== null) {
    const secret = new TextEncoder().encode(options.secret);
    if (secret.byteLength < 32) throw new RangeError("the owner secret must have at least 32 bytes");
    verifiers.push(
      async (token) => (await jwtVerify(token, secret, { ...claims, algorithms: ["HS256"] })).payload,
    );
  }
  if (options.jwksUrl !== null) {
    // An unknown key id reloads the key set, at most once a second: keys rotate.
    const keys = createRemoteJWKSet(new URL(options.jwksUrl), {
      cooldownDuration: 1000,
      timeoutDuration: 5000,
    });
    verifiers.push(
      async (token) => (await jwtVerify(token, keys, { ...claims, algorithms: ["RS256"] })).payload,
    );
  }

  return {
    async verify(token) {
      if (options.devToken !== null && token === options.devToken) return { name: null };
      for (const verify of verifiers) {
        try {
          return { name: displayName(await verify(token)) };
        } catch (error) {
          if (!(error instanceof errors.JOSEError) && !isFetchFailure(error)) throw error;
        }
      }
      return null;
    },
  };
}

function claimChecks({ audience, issuer }: OwnerTokenOptions): JWTVerifyOptions {
  return {
    requiredClaims: ["exp"],
    clockTolerance: 5,
    ...(audience === null ? {} : { audience }),
    ...(issuer === null ? {} : { issuer }),
  };
}

/** Keycloak puts the full name in `name` and the login in `preferred_username`. */
function displayName(payload: JWTPayload): string | null {
  const names = [payload.name, payload.preferred_username];
  return names.find((name) => typeof name === "string" && name !== "")?.toString() ?? null;
}

function isFetchFailure(error: unknown): boolean {
  // `fetch` rejects with a TypeError when the key server cannot be reached.
  return error instanceof TypeError;
}
