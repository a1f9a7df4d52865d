import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { SignIn } from "./sign-in.tsx";
import { fetchDevelopmentToken } from "./wire.ts";

interface SignedInProps {
  readonly children: (token: string, onSignedOut: () => void) => ComponentChildren;
}

/** Gets an owner's token, without asking the user on this machine, and renders what needs it. */
export function SignedIn({ children }: SignedInProps) {
  const [token, setToken] = useState<string | null>(null);
  const [signIn, setSignIn] = useState<"hidden" | "needed" | "refused">("hidden");

  useEffect(() => {
    fetchDevelopmentToken()
      .catch(() => null)
      .then((developmentToken) => (developmentToken ? setToken(developmentToken) : setSignIn("needed")));
  }, []);

  function onSignedOut(): void {
    setToken(null);
    setSignIn("refused");
  }

  if (token !== null) return <>{children(token, onSignedOut)}</>;
  return signIn === "hidden" ? null : <SignIn isRefused={signIn === "refused"} onToken={setToken} />;
}
