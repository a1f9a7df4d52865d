import Link from "next/link";

export default function Page() {
  return (
    <main>
      <h1>Shipping</h1>
      <p>
        By rail and bicycle, within a week. <Link href="/">Back to the shop</Link>
      </p>
    </main>
  );
}
