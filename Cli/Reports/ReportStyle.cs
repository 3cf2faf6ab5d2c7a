namespace FedLowRank.Cli.Reports;

/// <summary>
/// The page's style. It holds no character that XML escapes, as browsers read the inside of a style element as it is.
/// </summary>
internal static class ReportStyle
{
    /// <summary>Colours follow the reader's scheme; those of the arms differ in lightness too.</summary>
    public const string Css = """

        :root {
          color-scheme: light dark;
          --page: #f6f6f3; --card: #ffffff; --ink: #1b1c1e; --quiet: #64676c; --rule: #e3e3de; --grid: #ecece8;
          --c0: #2563c9; --c1: #d9590b; --c2: #0f8a68; --c3: #8a3fc0; --c4: #a8780a; --c5: #c22b66; --level: #7b7e84;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #131416; --card: #1c1e21; --ink: #ececea; --quiet: #a0a4aa; --rule: #303338; --grid: #292c30;
            --c0: #6ea8fe; --c1: #fb9a5b; --c2: #4fcfa5; --c3: #c79af5; --c4: #e6bd4f; --c5: #f58bb0; --level: #8d9198;
          }
        }
        .arm0 { --c: var(--c0); } .arm1 { --c: var(--c1); } .arm2 { --c: var(--c2); }
        .arm3 { --c: var(--c3); } .arm4 { --c: var(--c4); } .arm5 { --c: var(--c5); } .level { --c: var(--level); }

        * { box-sizing: border-box; }
        body {
          margin: 0; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--ink);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
        }
        header, main { max-width: 62rem; margin: 0 auto; }
        .brand {
          margin: 0; color: var(--quiet); font-size: .8rem; font-weight: 600;
          letter-spacing: .08em; text-transform: uppercase;
        }
        h1 { margin: .2rem 0 .3rem; font-size: clamp(1.5rem, 4vw, 2.1rem); line-height: 1.2; letter-spacing: -.015em;
          overflow-wrap: anywhere; }
        h2 { margin: 0; font-size: 1.15rem; letter-spacing: -.005em; }
        h3 { margin: 1.6rem 0 .6rem; font-size: .95rem; font-weight: 600; }
        p { margin: 0; }
        .quiet, .lead { color: var(--quiet); }
        .lead { margin: .15rem 0 1rem; font-size: .92rem; max-width: 52rem; }

        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .9rem;
          margin: 1.6rem 0; }
        .tile, section { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; }
        .tile { padding: 1rem 1.15rem 1.05rem; border-top: 3px solid var(--c); }
        .tile .who { font-size: .92rem; font-weight: 600; overflow-wrap: anywhere; }
        .tile .figure { font-size: 2.1rem; font-weight: 650; line-height: 1.25; letter-spacing: -.02em; }
        .tile .quiet { font-size: .85rem; }
        section { margin: 0 0 1.1rem; padding: 1.35rem 1.4rem 1.5rem; }

        .scroll { overflow-x: auto; }
        .scroll:focus-visible { outline: 2px solid var(--c0); outline-offset: 3px; border-radius: 4px; }
        table { width: 100%; border-collapse: collapse; font-size: .88rem; }
        th, td { padding: .45rem .55rem; border-bottom: 1px solid var(--rule); text-align: left; white-space: nowrap; }
        thead th { color: var(--quiet); font-size: .8rem; font-weight: 500; }
        tbody th { font-weight: 550; }
        tbody tr:last-child th, tbody tr:last-child td { border-bottom: 0; }
        th:first-child, td:first-child { padding-left: 0; }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        .share {
          padding-left: 4.9rem;
          background: linear-gradient(var(--c), var(--c)) no-repeat .55rem 50% / calc(4rem * var(--part)) .8rem;
        }
        .swatch { display: inline-block; width: .7rem; height: .7rem; margin-right: .5rem; border-radius: 3px;
          background: var(--c); }
        .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0 0 .7rem; padding: 0; list-style: none;
          font-size: .85rem; }
        summary { cursor: pointer; padding: .3rem 0; color: var(--quiet); font-size: .9rem; }
        details[open] summary { margin-bottom: .6rem; }

        pre { margin: 0; overflow-x: auto; font-size: .8rem; line-height: 1.45; }

        svg { display: block; width: 100%; height: auto; overflow: visible; }
        .plot svg { min-width: 40rem; }
        svg text { fill: var(--ink); font-size: 13.5px; font-variant-numeric: tabular-nums; }
        svg .tick, svg .axis { fill: var(--quiet); font-size: 12.5px; }
        svg .name { font-size: 12.5px; }
        svg .label { fill: var(--ink); }
        svg .value { font-weight: 650; }
        svg .quiet { fill: var(--quiet); }
        .grid { stroke: var(--grid); }
        .line { fill: none; stroke: var(--c); stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round; }
        .dot { fill: var(--c); stroke: transparent; stroke-width: 10; }
        .bar { fill: var(--c); }
        .reference { stroke: var(--level); stroke-width: 1.5; stroke-dasharray: 7 5; }
        .reference.level1 { stroke-dasharray: 2 4; }
        .leader { fill: none; stroke: var(--c); stroke-width: 1.25; }

        .layers { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.2rem 1.4rem; }
        .layer { --c: var(--c0); margin: 0; min-width: 0; }
        .layer figcaption { overflow: hidden; font-size: .82rem; font-weight: 550; text-overflow: ellipsis;
          white-space: nowrap; direction: rtl; text-align: left; }
        .layer .line { stroke-width: 1.9; }

        @media (max-width: 40rem) {
          body { padding: 1.5rem .75rem 3rem; }
          section { padding: 1.1rem 1rem 1.2rem; }
        }
        @media print {
          body { padding: 0; background: none; }
          section, .tile { break-inside: avoid; }
        }

        """;
}
