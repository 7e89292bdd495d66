/** The one stylesheet. Contrast of text is at least 4.5:1 in both schemes; nothing is loaded from elsewhere. */
export const STYLE = `
:root{--bg:#f6f7f9;--card:#fff;--ink:#16191d;--quiet:#545b66;--line:#d5d9e0;--link:#0b57a4;--code:#eef0f4;
--red:#b3141c;--redbg:#fdecec;--amber:#7a4d00;--amberbg:#fff3d9;--green:#14693a;--greenbg:#e5f5ec;--go:#14693a;--stop:#b3141c}
@media (prefers-color-scheme:dark){:root{--bg:#111419;--card:#1a1f26;--ink:#e8ebf0;--quiet:#a3acb9;--line:#333b47;--link:#8cc0ff;--code:#252c36;
--red:#ff9a9a;--redbg:#44181b;--amber:#ffcb6b;--amberbg:#3a2c10;--green:#86dfab;--greenbg:#123423;--go:#1b7a45;--stop:#b92d33}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
h1{font-size:1.5rem;line-height:1.25;margin:.25rem 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:0 0 .6rem}
p{margin:0 0 .6rem;overflow-wrap:anywhere}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875rem;direction:ltr;unicode-bidi:bidi-override}
code{background:var(--code);padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
pre{background:var(--code);padding:.75rem;border-radius:8px;margin:0 0 .75rem;overflow:auto}
blockquote,q{unicode-bidi:isolate}
.top{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:.5rem 1rem;padding:.6rem 1.25rem;background:var(--card);border-bottom:1px solid var(--line)}
.brand{font-weight:700;color:inherit;text-decoration:none}
.who{display:flex;align-items:center;gap:.75rem;color:var(--quiet);font-size:.9rem;min-width:0;overflow-wrap:anywhere}
main{max-width:72rem;margin:0 auto;padding:1.25rem}
main.narrow{max-width:36rem;padding-top:3rem}
.crumb{display:flex;justify-content:space-between;align-items:center;gap:1rem;margin:0}
.env{display:inline-block;font-weight:700;letter-spacing:.03em;background:var(--ink);color:var(--bg);padding:.1rem .6rem;border-radius:4px;overflow-wrap:anywhere}
.quiet{color:var(--quiet);font-size:.9rem}
.badge{display:inline-block;font-size:.8rem;font-weight:600;padding:.1rem .55rem;border-radius:1rem;white-space:nowrap;background:var(--greenbg);color:var(--green)}
.tier2,.tier3,.unknown{background:var(--amberbg);color:var(--amber)}
.tier4,.tier5{background:var(--redbg);color:var(--red)}
.line{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:.25rem .75rem}
.line>*{min-width:0}
.alarm{font-weight:600;padding:.6rem .9rem;border-radius:8px;background:var(--amberbg);color:var(--amber);border:1px solid currentColor}
.calm{background:var(--greenbg);color:var(--green)}
.grave{background:var(--redbg);color:var(--red)}
.note{border-left:4px solid var(--amber);padding-left:.75rem}
.requests,.changes,.reach,.evidence{list-style:none;margin:0;padding:0}
.requests a{display:grid;gap:.35rem;padding:.9rem 1rem;margin-bottom:.75rem;background:var(--card);border:1px solid var(--line);border-radius:10px;color:inherit;text-decoration:none}
.requests a:hover{border-color:var(--link)}
.requests strong{overflow-wrap:anywhere}
.facts{margin:0 0 1.25rem;display:grid;gap:.35rem}
.facts div{display:grid;grid-template-columns:8.5rem minmax(0,1fr);gap:.75rem}
.facts dt{color:var(--quiet)}
.facts dd{margin:0;overflow-wrap:anywhere}
section{margin:0 0 1.75rem}
.change{background:var(--card);border:1px solid var(--line);border-left:6px solid var(--green);border-radius:8px;padding:.75rem .9rem;margin-bottom:.75rem}
.edge2,.edge3{border-left-color:var(--amber)}
.edge4,.edge5{border-left-color:var(--red)}
.change p:last-child{margin-bottom:0}
.act{text-transform:uppercase;font-size:.8rem;letter-spacing:.04em}
.evidence{margin-bottom:.6rem}.change>:last-child{margin-bottom:0}
.advice{border-top:1px solid var(--line);padding-top:.5rem}
.output{max-height:28rem;background:var(--card);border:1px solid var(--line)}
.command{white-space:pre-wrap;overflow-wrap:anywhere;max-height:16rem;border:1px solid var(--line)}
.agent{border:1px dashed var(--quiet);border-radius:8px;padding:.9rem}
blockquote{margin:0 0 .6rem;padding-left:.9rem;border-left:3px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere;max-height:20rem;overflow:auto}
.panel{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem;margin-bottom:1.75rem}
.panel>:last-child,.panel form>:last-child{margin-bottom:0}
label{display:block;font-weight:600;margin-bottom:.25rem}
label .quiet{display:block;font-weight:400}
textarea{width:100%;font:inherit;padding:.5rem;color:inherit;background:var(--bg);border:1px solid var(--quiet);border-radius:6px;resize:vertical}
button{font:inherit;font-weight:600;min-height:2.75rem;padding:.4rem 1.1rem;border-radius:8px;border:1px solid transparent;cursor:pointer;color:#fff;background:#0b57a4}
button.plain{min-height:0;background:none;color:var(--link);border-color:var(--line);padding:.2rem .7rem;font-weight:400}
.buttons{display:grid;grid-template-columns:1fr 1fr;gap:.75rem;margin:.75rem 0}
.approve{background:var(--go)}
.reject{background:var(--stop)}
.said{font-weight:600;padding:.5rem .75rem;border-radius:8px;background:var(--greenbg);color:var(--green)}
.said.bad{background:var(--redbg)}
.bad{color:var(--red)}
@media (min-width:60rem){
.split{display:grid;grid-template-columns:minmax(0,1fr) 21rem;grid-template-rows:auto 1fr;gap:0 2rem}
.lead{grid-column:1;grid-row:1}
.rest{grid-column:1;grid-row:2}
.panel{grid-column:2;grid-row:1 / span 2;align-self:start;position:sticky;top:1.25rem}
.jump{display:none}
}
@media (max-width:30rem){.facts div{grid-template-columns:1fr;gap:0}main{padding:1rem}}
`;
