import Link from "next/link";

export default function Page() {
  return (
    <main>
      <h1>Soap that smells of the coast.</h1>
      <p>
        Boiled in small kettles. <Link href="/shipping">How we ship</Link>
      </p>
    </main>
  );
}
