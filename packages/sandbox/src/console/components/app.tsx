import { useEffect, useState } from "preact/hooks";
import { fetchDevelopmentToken } from "../api-client.ts";
import { Console } from "./console.tsx";
import { SignIn } from "./sign-in.tsx";

type Access =
  | { readonly name: "asking" }
  | { readonly name: "signed-out"; readonly refused: boolean }
  | { readonly name: "signed-in"; readonly token: string };

/** Gets a token, by itself on this machine, and shows the console with it. */
export function App() {
  const [access, setAccess] = useState<Access>({ name: "asking" });

  useEffect(() => {
    fetchDevelopmentToken().then(
      (token) =>
        setAccess(token === null ? { name: "signed-out", refused: false } : { name: "signed-in", token }),
      () => setAccess({ name: "signed-out", refused: false }),
    );
  }, []);

  switch (access.name) {
    case "asking":
      return <div class="splash" role="status" aria-label="Loading" />;
    case "signed-out":
      return <SignIn refused={access.refused} onToken={(token) => setAccess({ name: "signed-in", token })} />;
    case "signed-in":
      return (
        <Console
          key={access.token}
          token={access.token}
          onSignedOut={() => setAccess({ name: "signed-out", refused: true })}
        />
      );
  }
}
