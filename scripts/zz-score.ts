import { parseTerraformPlan } from '../lib/core/terraform/plan-json.ts';
import { assessTerraformPlan } from '../lib/core/terraform/consequences.ts';
import { AWS_DELETES } from '../test/core/terraform/unseen/aws-deletes.cases.ts';
import { AWS_UPDATES } from '../test/core/terraform/unseen/aws-updates.cases.ts';
import { AZURE } from '../test/core/terraform/unseen/azure.cases.ts';
import { GOOGLE } from '../test/core/terraform/unseen/google.cases.ts';
import { OTHERS } from '../test/core/terraform/unseen/others.cases.ts';
import { STRUCTURE } from '../test/core/terraform/unseen/structure.cases.ts';
let n=0,exact=0,ok=0,cls=0,clsok=0,under=0,cross=0,crossok=0,cases=0;
for (const c of [...AWS_DELETES,...AWS_UPDATES,...GOOGLE,...AZURE,...OTHERS,...STRUCTURE]) {
  cases++;
  const json={format_version:'1.2',resource_changes:c.changes.map((x:any,i:number)=>({address:x.address??`${x.type}.t${i}`,mode:'managed',type:x.type,name:'t',...x.more,change:{actions:x.actions,before:x.before??null,after:x.after??null,after_unknown:x.unknown??{},before_sensitive:x.sensitive??{},after_sensitive:x.sensitive??{}}})),...c.rest};
  const p=parseTerraformPlan(json); if(!p.ok){console.log(c.name,p.problem);continue}
  const {evaluation:e}=assessTerraformPlan(p.plan);
  for(const l of c.labels){n++;const f=e.changes.find(x=>!l.address||x.address===l.address);const t=f?.tier??0;
    if(t===l.tier)exact++; else console.log('tier',l.tier,'got',t,l.accept??'',c.name,'|',f?.why);
    if([l.tier,...(l.accept??[])].includes(t as any))ok++;
    if(l.tier>=3&&t<=2&&!(l.accept??[]).includes(t as any)){under++;console.log('UNDER',c.name)}
    for(const k of l.classes){cls++;if(f?.classes.includes(k))clsok++;else console.log('class',k,'missing in',f?.classes,c.name)}
    if(l.only&&f&&f.classes.length!==l.classes.length)console.log('extra',f.classes,c.name)}
  if(c.cross){cross++;const k=e.cross_action_risks.map(r=>r.kind);if(c.cross==='none'?k.length===0:k.includes(c.cross))crossok++;else console.log('cross',c.cross,'got',k,c.name)}
}
console.log({cases,n,exact,ok,cls,clsok,under,cross,crossok});
