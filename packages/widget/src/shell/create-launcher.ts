const SVG = "http://www.w3.org/2000/svg";

/** Two bubbles' worth of path data: no image is fetched, and no markup is parsed. */
const BUBBLE =
  "M12 3C6.5 3 2 6.8 2 11.5c0 2.5 1.3 4.8 3.4 6.4-.1 1.1-.6 2.2-1.5 3.1 1.9-.1 3.6-.7 4.9-1.6 1 .3 2.1.4 3.2.4 5.5 0 10-3.7 10-8.3S17.5 3 12 3Z";

/** The round button, drawn without Preact so that it is there as soon as the script has run. */
export function createLauncher(label: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "launcher";
  button.part.add("launcher");
  button.ariaLabel = label;
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", BUBBLE);
  icon.append(path);
  button.append(icon);
  return button;
}
