/** The one stylesheet. Contrast of text is at least 4.5:1 in both schemes; nothing is loaded from elsewhere. */
export const STYLE = `
:root{--bg:#f4f5f8;--card:#fff;--ink:#171a1f;--quiet:#525a66;--line:#d7dbe2;--link:#0b57a4;--code:#edeff4;--head:#14181f;--headink:#f3f5f8;--headquiet:#b4bcc9;
--red:#b3141c;--redbg:#fdecec;--amber:#7a4d00;--amberbg:#fff3d9;--green:#14693a;--greenbg:#e5f5ec;--blue:#0b4f97;--bluebg:#e6f0fb;--go:#14693a;--stop:#b3141c;--shadow:0 1px 2px rgb(20 24 31/.06),0 2px 8px rgb(20 24 31/.05)}
@media (prefers-color-scheme:dark){:root{--bg:#0f1217;--card:#181d24;--ink:#e8ebf0;--quiet:#a3acb9;--line:#313946;--link:#8cc0ff;--code:#232a34;--head:#0a0d11;
--red:#ff9a9a;--redbg:#44181b;--amber:#ffcb6b;--amberbg:#3a2c10;--green:#86dfab;--greenbg:#123423;--blue:#9cc9ff;--bluebg:#13294a;--go:#1b7a45;--stop:#b92d33;--shadow:none}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
h1{font-size:1.5rem;line-height:1.25;margin:.25rem 0 1rem;overflow-wrap:anywhere;letter-spacing:-.01em}
h2{font-size:1.1rem;margin:0 0 .6rem}
p{margin:0 0 .6rem;overflow-wrap:anywhere}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875rem;direction:ltr;unicode-bidi:bidi-override}
code{background:var(--code);padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
pre{background:var(--code);padding:.75rem;border-radius:8px;margin:0 0 .75rem;overflow:auto}
blockquote,q{unicode-bidi:isolate}
.skip{position:absolute;left:-99rem;background:var(--card);padding:.6rem 1rem;z-index:2}
.skip:focus{left:.5rem;top:.5rem}
.top{background:var(--head);color:var(--headink)}
.top :focus-visible{outline-color:#8cc0ff}
.bar{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1rem;max-width:76rem;margin:0 auto;padding:.6rem 1.25rem}
.brand{font-weight:700;font-size:1.05rem;color:inherit;text-decoration:none;letter-spacing:.01em}
.env{display:inline-block;font-weight:700;font-size:.8rem;letter-spacing:.05em;text-transform:uppercase;background:#ffcb6b;color:#2b1d00;padding:.1rem .6rem;border-radius:4px;overflow-wrap:anywhere}
.who{display:flex;align-items:center;gap:.75rem;color:var(--headquiet);font-size:.9rem;min-width:0;overflow-wrap:anywhere;margin-left:auto}
nav ul{list-style:none;display:flex;gap:.25rem;max-width:76rem;margin:0 auto;padding:0 1rem;overflow-x:auto}
nav a{display:block;padding:.6rem .75rem;color:var(--headquiet);text-decoration:none;border-bottom:3px solid transparent;white-space:nowrap}
nav a:hover{color:var(--headink)}
nav a[aria-current]{color:var(--headink);border-bottom-color:#8cc0ff;font-weight:600}
.strip{margin:0;background:var(--amberbg);text-align:center;font-weight:600;font-size:.95rem;border-bottom:1px solid var(--line)}
.strip a{display:block;color:var(--amber);padding:.45rem 1rem}
main{max-width:76rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
main.narrow{max-width:36rem;padding-top:3rem}
.crumb{display:flex;justify-content:space-between;align-items:center;gap:1rem;margin:0;font-size:.9rem}
.head{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:.25rem 1rem}
.title{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .9rem;margin-bottom:.9rem}
.title h1{margin:0}
.deed+.quiet{margin-top:1rem}
.quiet{color:var(--quiet);font-size:.9rem}
.empty{color:var(--quiet);border:1px dashed var(--line);border-radius:10px;padding:1.1rem 1rem}
.badge,.pill{display:inline-block;font-size:.8rem;font-weight:600;padding:.1rem .6rem;border-radius:1rem;white-space:nowrap;background:var(--greenbg);color:var(--green)}
.tier2,.tier3,.unknown,.pill.wary{background:var(--amberbg);color:var(--amber)}
.tier4,.tier5,.pill.grave{background:var(--redbg);color:var(--red)}
.pill.going{background:var(--bluebg);color:var(--blue)}
.pill.over{background:var(--code);color:var(--quiet)}
.line{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:.25rem .75rem}
.line>*{min-width:0;overflow-wrap:anywhere}
.alarm{font-weight:600;padding:.7rem .95rem;border-radius:8px;background:var(--amberbg);color:var(--amber);border-left:5px solid currentColor;margin:0 0 1rem}
.alarm p:last-child{margin:0}
.calm{background:var(--greenbg);color:var(--green)}
.grave{background:var(--redbg);color:var(--red)}
.note{border-left:4px solid var(--amber);padding-left:.75rem}
.cards,.requests,.changes,.reach,.evidence,.events{list-style:none;margin:0;padding:0}
.card{display:grid;gap:.35rem;padding:.9rem 1rem;margin:0 0 .75rem;background:var(--card);border:1px solid var(--line);border-radius:10px;color:inherit;text-decoration:none;box-shadow:var(--shadow)}
a.card:hover{border-color:var(--link)}
.card strong{overflow-wrap:anywhere}
.card>span>code{display:inline-block;max-width:100%;max-height:4.2em;overflow:hidden}
progress.left{width:100%;height:.35rem;border:0;border-radius:1rem;background:var(--code);overflow:hidden;appearance:none;color:var(--quiet);display:block;margin-top:.15rem}
progress.left::-webkit-progress-bar{background:var(--code);border-radius:1rem}
progress.left::-webkit-progress-value{background:var(--quiet);border-radius:1rem}
progress.left::-moz-progress-bar{background:var(--quiet)}
progress.soon::-webkit-progress-value{background:var(--red)}
progress.soon::-moz-progress-bar{background:var(--red)}
.facts{margin:0 0 1.25rem;display:grid;gap:.4rem}
.facts div{display:grid;grid-template-columns:8.5rem minmax(0,1fr);gap:.75rem}
.facts dt{color:var(--quiet)}
.facts dd{margin:0;overflow-wrap:anywhere}
.facts progress.left{max-width:20rem}
section{margin:0 0 2rem}
.cards+section,.pager+section,.empty+section{margin-top:1.75rem}
.change{background:var(--card);border:1px solid var(--line);border-left:6px solid var(--green);border-radius:8px;padding:.75rem .9rem;margin-bottom:.75rem}
.edge2,.edge3{border-left-color:var(--amber)}
.edge4,.edge5{border-left-color:var(--red)}
.change p:last-child{margin-bottom:0}
.act{text-transform:uppercase;font-size:.8rem;letter-spacing:.04em}
.evidence{margin-bottom:.6rem}.change>:last-child{margin-bottom:0}
.advice{border-top:1px solid var(--line);padding-top:.5rem}
.output{max-height:28rem;background:var(--card);border:1px solid var(--line)}
.output ins,.output del,.output .mod{text-decoration:none;display:inline-block;min-width:100%}
.output ins{color:var(--green);background:var(--greenbg)}
.output del{color:var(--red);background:var(--redbg)}
.output .mod{color:var(--amber);background:var(--amberbg)}
.command{white-space:pre-wrap;overflow-wrap:anywhere;max-height:16rem;border:1px solid var(--line)}
.agent{border:1px dashed var(--quiet);border-radius:8px;padding:.9rem}
blockquote{margin:0 0 .6rem;padding-left:.9rem;border-left:3px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere;max-height:20rem;overflow:auto}
.panel{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.1rem;margin-bottom:1.75rem;box-shadow:var(--shadow)}
.panel>:last-child,.panel form>:last-child{margin-bottom:0}
.deed{background:var(--card);color:var(--ink);border:1px solid var(--line);border-radius:8px;margin:.35rem 0 0;padding:0}
.deed summary{cursor:pointer;padding:.55rem .9rem;font-weight:600;color:var(--link)}
.deed.grave{border-color:var(--red);margin:0 0 1.75rem}
.deed.grave summary{color:var(--red)}
.deed form{padding:.2rem .9rem .9rem;display:grid;gap:.6rem;justify-items:start}
.deed form p{margin:0}
.deed form label{margin-bottom:-.4rem}
.deed form .grid label,.deed .grid label{margin-bottom:.25rem}
.deed .grid{align-items:end;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));justify-items:stretch}
.deed .grid .wide{grid-column:1/-1}
.deed .grid button{justify-self:start}
label{display:block;font-weight:600;margin-bottom:.25rem}
label .quiet{display:block;font-weight:400}
label.check{font-weight:400;margin:0}
textarea,input:not([type]),select{width:100%;font:inherit;padding:.5rem;color:inherit;background:var(--bg);border:1px solid var(--quiet);border-radius:6px}
textarea{resize:vertical}
.deed>form>select{width:auto}
::placeholder{color:var(--quiet);opacity:1}
button{font:inherit;font-weight:600;min-height:2.75rem;padding:.4rem 1.1rem;border-radius:8px;border:1px solid transparent;cursor:pointer;color:#fff;background:#0b57a4}
button:hover{filter:brightness(1.08)}
button.plain{min-height:0;background:none;color:var(--headink);border-color:#4a5362;padding:.2rem .7rem;font-weight:400}
.buttons{display:grid;grid-template-columns:1fr 1fr;gap:.75rem;margin:.75rem 0}
.approve{background:var(--go)}
.reject{background:var(--stop)}
.said{font-weight:600;padding:.5rem .75rem;border-radius:8px;background:var(--greenbg);color:var(--green)}
.said.bad{background:var(--redbg)}
.bad{color:var(--red)}
.pager{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem}
.filters{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.75rem;align-items:end;margin-bottom:1.25rem}
.filters button{min-height:2.6rem}
.event{background:var(--card);border:1px solid var(--line);border-bottom-width:0}
.event:first-child{border-radius:10px 10px 0 0}
.event:last-child{border-radius:0 0 10px 10px;border-bottom-width:1px}
.event summary{cursor:pointer;padding:.5rem .9rem;overflow-wrap:anywhere}
.event time{color:var(--quiet);font-variant-numeric:tabular-nums;margin-right:.5rem}
.event details>:not(summary){margin-left:.9rem;margin-right:.9rem}
.alarming b{color:var(--red)}
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
th,td{text-align:left;vertical-align:top;padding:.45rem .8rem;border-top:1px solid var(--line);overflow-wrap:anywhere;font-weight:400}
thead th{border-top:0;color:var(--quiet);font-size:.85rem}
td ul{list-style:none;margin:0;padding:0}
th:first-child{width:17rem}
.value{margin-right:.4rem}
.from{display:inline-block;font-size:.8rem;color:var(--quiet);background:var(--code);border-radius:4px;padding:0 .45rem}
.from.own{color:var(--blue);background:var(--bluebg)}
@media (min-width:60rem){
.split{display:grid;grid-template-columns:minmax(0,1fr) 21rem;grid-template-rows:auto 1fr;gap:0 2rem}
.lead{grid-column:1;grid-row:1}
.rest{grid-column:1;grid-row:2}
.panel{grid-column:2;grid-row:1 / span 2;align-self:start;position:sticky;top:1.25rem}
.jump{display:none}
}
@media (max-width:40rem){
.facts div{grid-template-columns:1fr;gap:0}
main{padding:1rem}
.bar{padding:.5rem 1rem}
nav ul{padding:0 .4rem;gap:0;justify-content:space-between}
nav a{padding:.5rem .35rem;font-size:.85rem}
.who .me{display:none}
thead{position:absolute;left:-99rem}
tr{display:grid;border-top:1px solid var(--line);padding:.45rem 0}
th,td{border:0;padding:.1rem .8rem}
th:first-child{width:auto}
}
`;
