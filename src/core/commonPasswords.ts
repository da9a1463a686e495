/**
 * What is tried first, in lower case. Kept as stems: other case, digits and signs around or in place of letters, and
 * repetitions are told by the rule that asks (password.ts), so that each line stands for thousands of passwords.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
  !qaz2wsx 000000 0987654321 102030 10203040 111111 11111111 112233 11223344 1122334455 121212 123123 123123123
  123321 12341234 1234321 1234512345 123456 12345678 123456789 1234567890 1234567890a 12345678910 123456a 123456q
  12345qwert 1234qwer 123abc 123qwe 123qweasd 123qweasdzxc 13579 1357924680 147258369 147852369 159357 159753
  1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 20202020 246810 27182818 271828182845904
  31415926 314159265 3141592653 31415926535 314159265358979 321321 456789 5201314 654321 666666 66666666 696969
  741852963 777777 7777777 789456123 87654321 888888 88888888 963258741 963852741 987654321 99999999 999999999
  a123456 a123456789 a1b2c3 a1b2c3d4 a1b2c3d4e5 aa123456 aaa aabbcc abc abc123 abcabc abcd abcd1234 abcde
  abcde12345 abcdef abcdefg abcdefgh abdullah abracadabra access account admin adminadmin administrator aini
  aishiteru alexander alexandra alibaba america andrew angel angels anthony anthropic anything apikey apikeys
  apipassword apple april arsenal asd asd123 asdf asdfgh asdfghjkl ashley asshole august australia autumn azerty
  azertyuiop babyboy babygirl baidu banana barcelona baseball basketball bastard batman bayern bear beautiful
  beijing berlin besiktas bitch blessed boston brasil bubbles bullshit business buster butterfly california
  callofduty camaro canada changeit changeme changemenow changethis charlie chatgpt cheese chelsea cherry
  chevrolet chicago china chocolate christ christian christopher cock company companyname computer contrasena
  cookie correcthorsebattery correcthorsebatterystaple corvette counterstrike dallas daniel darling database
  debian december default demo demodemo diablo diamond dick docker dolphin donald dortmund dragon dumbledore eagle
  elastic elasticsearch elizabeth eminem england everything example facebook faith falcon family february
  fenerbahce ferrari florida flower football forever fortnite france francesca freedom friday friends frodo fuckme
  fuckoff fuckyou gabriella galatasaray gandalf garfield george germany ginger github gitlab gogogo golden google
  gorgeous grafana guangzhou guest hallelujah hangzhou harley harrypotter heaven hobbit hockey hogwarts honda
  honey horsebatterystaple houston huawei hunter iloveu ilovey iloveyou india instagram internet ireland ironman
  isabella jaguar january japan jenkins jennifer jessica jesus jesuschrist jetaime jordan joshua july june
  juventus kennwort keyward keywardadmin keywardpassword killall killer kubernetes letmein letmeinnow letsgo
  linkedin linux lion liverpool login logon london lovely loveme loveyou madrid maggie manager manchester march
  mariadb maryhadalittlelamb master masterkey masterpassword matrix matthew mercedes metallica mexico michael
  michelle mickey microsoft mima minecraft minnie mohammed monday mongodb monkey moscow motdepasse muhammad
  mustang mypass mypassword mypasswordis mysecret mysql naruto natasha neo network newyork nicholas nicole nihao
  nihaoma nintendo nirvana nokia nothing november october office openai opensesame operator oracle orange owner
  panther paris parola pass passcode passord passpass passphrase passw0rd password password123 passwordpassword
  passwort patches penguin pepper phoenix pikachu playstation pokemon porsche postgres postgresql princess purple
  pussy q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qazwsx qazwsxedc qazxsw qazxswedc qiniu qwaszx qwe qwe123 qwe123456
  qweasd qweasdzxc qwer qwert12345 qwerty qwertyuiop qwertz rainbow ranger realmadrid redis robert rockstar root
  rootroot russia samantha sample samsung saturday scooter scotland secret secretpassword security senha september
  server sesame shadow shanghai shenzhen shit signin silver slipknot smokey snoopy soccer something spiderman
  spring starcraft startrek starwars stephanie summer summerwinter sunday sunshine superadmin superman superuser
  supervisor sweetheart sysadmin system teamo tencent test tester testing testpassword testtest testuser texas
  thisisapassword thisismypassword thomas thursday tiger tigger tobeornottobe tokyo toor topsecret toyota trinity
  trustno trustnoone tuesday turkey twitter ubuntu user username userpassword valentina veronica victoria
  voldemort wachtwoord wang wangwei warcraft webadmin wednesday weixin welcome welcomeback welcomehome
  welcometohell whatever whiskers windows windowsxp winnie winter woaini woaini1314 woaini520 wolf wolverine
  worldofwarcraft xbox xiaomi yamaha yellow youtube zaq12wsx zaq1xsw2 zhang zhangwei zhongguo zxc123 zxcvbn
  zxcvbnm
`
    .trim()
    .split(/\s+/),
);
