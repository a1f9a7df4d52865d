import { useState } from "preact/hooks";

interface SignInProps {
  /** Whether the last token was refused. */
  readonly isRefused: boolean;
  readonly onToken: (token: string) => void;
}

/** Asks for an owner's access token, if the sandbox is reached from another machine. */
export function SignIn({ isRefused, onToken }: SignInProps) {
  const [token, setToken] = useState("");
  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() !== "") onToken(token.trim());
        }}
      >
        <h1>Owner console</h1>
        <p>
          This sandbox is not bound to a loopback address, so it needs an owner's access token: a JWT for{" "}
          <code>SANDBOX_OWNER_SECRET</code> or <code>SANDBOX_OWNER_JWKS_URL</code>.
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
        {isRefused && (
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
