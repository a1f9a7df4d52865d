import { useState } from "preact/hooks";
import { Logo } from "./icons.tsx";

export interface SignInProps {
  /** Whether a token was just turned down. */
  readonly refused: boolean;
  readonly onToken: (token: string) => void;
}

/** Where the sandbox is reached from another machine: an owner's access token opens the console. */
export function SignIn({ refused, onToken }: SignInProps) {
  const [token, setToken] = useState("");
  return (
    <main class="sign-in">
      <form
        class="sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() !== "") onToken(token.trim());
        }}
      >
        <Logo />
        <h1>Owner console</h1>
        <p>
          This sandbox is not bound to a loopback address, so it asks for an owner's access token: a JWT
          signed as <code>SANDBOX_OWNER_SECRET</code> or <code>SANDBOX_OWNER_JWKS_URL</code> says.
        </p>
        <label>
          Access token
          <input
            type="password"
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        {refused && (
          <p class="trouble" role="alert">
            The platform does not accept this token. It may have expired.
          </p>
        )}
        <button type="submit" class="primary">
          Open the console
        </button>
      </form>
    </main>
  );
}
