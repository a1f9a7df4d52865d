import { render } from "preact";
import { SignedIn } from "../signed-in.tsx";
import { Configurator } from "./configurator.tsx";

const root = document.getElementById("configure");
if (root !== null) {
  render(
    <SignedIn>{(token, onSignedOut) => <Configurator token={token} onSignedOut={onSignedOut} />}</SignedIn>,
    root,
  );
}
