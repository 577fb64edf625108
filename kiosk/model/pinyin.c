/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that are not said as their characters are one by one. The voice of espeak-ng 1.51 knows one reading a character; pinyin among
 * the characters is read as it stands. Only what it would say wrong is listed; the longest entry that fits is taken.
 */
#include "model/spoken.h"

#include <stdbool.h>
#include <string.h>

struct reading {
    const char *word, *pinyin;
};

static const struct reading readings[] = {
    {"银行", "yin2 hang2"}, {"行长", "hang2 zhang3"}, {"行业", "hang2 ye4"}, {"各行各业", "ge4 hang2 ge4 ye4"},
    {"本行", "ben3 hang2"}, {"支行", "zhi1 hang2"}, {"分行", "fen1 hang2"}, {"农商行", "nong2 shang1 hang2"},
    {"工商银行", "gong1 shang1 yin2 hang2"}, {"内行", "nei4 hang2"}, {"外行", "wai4 hang2"}, {"长者", "zhang3 zhe3"},
    {"校长", "xiao4 zhang3"}, {"市长", "shi4 zhang3"}, {"区长", "qu1 zhang3"}, {"镇长", "zhen4 zhang3"},
    {"村长", "cun1 zhang3"}, {"处长", "chu4 zhang3"}, {"科长", "ke1 zhang3"}, {"局长", "ju2 zhang3"}, {"所长", "suo3 zhang3"},
    {"站长", "zhan4 zhang3"}, {"院长", "yuan4 zhang3"}, {"会长", "hui4 zhang3"}, {"队长", "dui4 zhang3"},
    {"组长", "zu3 zhang3"}, {"楼长", "lou2 zhang3"}, {"栋长", "dong4 zhang3"}, {"班长", "ban1 zhang3"},
    {"店长", "dian4 zhang3"}, {"家长", "jia1 zhang3"}, {"首长", "shou3 zhang3"}, {"部长", "bu4 zhang3"},
    {"县长", "xian4 zhang3"}, {"网格长", "wang3 ge2 zhang3"}, {"成长", "cheng2 zhang3"}, {"生长", "sheng1 zhang3"},
    {"增长", "zeng1 zhang3"}, {"长大", "zhang3 da4"}, {"长辈", "zhang3 bei4"}, {"长幼", "zhang3 you4"},
    {"年长", "nian2 zhang3"}, {"重庆", "chong2 qing4"}, {"重新", "chong2 xin1"}, {"重复", "chong2 fu4"},
    {"重阳", "chong2 yang2"}, {"重来", "chong2 lai2"}, {"重试", "chong2 shi4"}, {"重做", "chong2 zuo4"}, {"重启", "chong2 qi3"},
    {"重发", "chong2 fa1"}, {"双重", "shuang1 chong2"}, {"重叠", "chong2 die2"}, {"音乐", "yin1 yue4"}, {"乐器", "yue4 qi4"},
    {"乐队", "yue4 dui4"}, {"乐团", "yue4 tuan2"}, {"声乐", "sheng1 yue4"}, {"民乐", "min2 yue4"}, {"还款", "huan2 kuan3"},
    {"归还", "gui1 huan2"}, {"还清", "huan2 qing1"}, {"退还", "tui4 huan2"}, {"偿还", "chang2 huan2"}, {"还书", "huan2 shu1"},
    {"还钱", "huan2 qian2"}, {"还给", "huan2 gei3"}, {"还回", "huan2 hui2"}, {"还卡", "huan2 ka3"}, {"借还", "jie4 huan2"},
    {"为准", "wei2 zhun3"}, {"为止", "wei2 zhi3"}, {"成为", "cheng2 wei2"}, {"作为", "zuo4 wei2"}, {"认为", "ren4 wei2"},
    {"以为", "yi3 wei2"}, {"行为", "xing2 wei2"}, {"为期", "wei2 qi1"}, {"分为", "fen1 wei2"}, {"视为", "shi4 wei2"},
    {"地址", "di4 zhi3"}, {"地方", "di4 fang5"}, {"地点", "di4 dian3"}, {"地区", "di4 qu1"}, {"地铁", "di4 tie3"},
    {"地图", "di4 tu2"}, {"地面", "di4 mian4"}, {"场地", "chang3 di4"}, {"土地", "tu3 di4"}, {"工地", "gong1 di4"},
    {"本地", "ben3 di4"}, {"当地", "dang1 di4"}, {"外地", "wai4 di4"}, {"异地", "yi4 di4"}, {"各地", "ge4 di4"},
    {"地震", "di4 zhen4"}, {"地下", "di4 xia4"}, {"天地", "tian1 di4"}, {"绿地", "lv4 di4"}, {"草地", "cao3 di4"},
    {"基地", "ji1 di4"}, {"地税", "di4 shui4"}, {"空调", "kong1 tiao2"}, {"调解", "tiao2 jie3"}, {"调整", "tiao2 zheng3"},
    {"调节", "tiao2 jie2"}, {"更换", "geng1 huan4"}, {"更新", "geng1 xin1"}, {"更改", "geng1 gai3"}, {"更正", "geng1 zheng4"},
    {"变更", "bian4 geng1"}, {"应急", "ying4 ji2"}, {"应答", "ying4 da2"}, {"应对", "ying4 dui4"}, {"反应", "fan3 ying4"},
    {"供应", "gong1 ying4"}, {"应用", "ying4 yong4"}, {"适应", "shi4 ying4"}, {"相应", "xiang1 ying4"}, {"应聘", "ying4 pin4"},
    {"便宜", "pian2 yi5"}, {"会计", "kuai4 ji4"}, {"处理", "chu3 li3"}, {"处罚", "chu3 fa2"}, {"处方", "chu3 fang1"},
    {"处于", "chu3 yu2"}, {"相处", "xiang1 chu3"}, {"干部", "gan4 bu4"}, {"干活", "gan4 huo2"}, {"骨干", "gu3 gan4"},
    {"爱好", "ai4 hao4"}, {"好学", "hao4 xue2"}, {"好客", "hao4 ke4"}, {"宿舍", "su4 she4"}, {"校舍", "xiao4 she4"},
    {"邻舍", "lin2 she4"}, {"人参", "ren2 shen1"}, {"测量", "ce4 liang2"}, {"量血压", "liang2 xue4 ya1"},
    {"量体温", "liang2 ti3 wen1"}, {"商量", "shang1 liang5"}, {"得到", "de2 dao4"}, {"获得", "huo4 de2"}, {"取得", "qu3 de2"},
    {"不得", "bu4 de2"}, {"所得", "suo3 de2"}, {"得分", "de2 fen1"}, {"难得", "nan2 de2"}, {"一只", "yi4 zhi1"},
    {"两只", "liang3 zhi1"}, {"种植", "zhong4 zhi2"}, {"种树", "zhong4 shu4"}, {"种花", "zhong4 hua1"}, {"种菜", "zhong4 cai4"},
    {"照相", "zhao4 xiang4"}, {"相片", "xiang4 pian4"}, {"相册", "xiang4 ce4"}, {"相机", "xiang4 ji1"}, {"放假", "fang4 jia4"},
    {"假期", "jia4 qi1"}, {"请假", "qing3 jia4"}, {"休假", "xiu1 jia4"}, {"寒假", "han2 jia4"}, {"暑假", "shu3 jia4"},
    {"节假日", "jie2 jia4 ri4"}, {"教书", "jiao1 shu1"}, {"睡觉", "shui4 jiao4"}, {"午觉", "wu3 jiao4"}, {"出差", "chu1 chai1"},
    {"邮差", "you2 chai1"}, {"差不多", "cha4 bu5 duo1"}, {"理发", "li3 fa4"}, {"头发", "tou2 fa5"}, {"美发", "mei3 fa4"},
    {"发型", "fa4 xing2"}, {"空位", "kong4 wei4"}, {"空闲", "kong4 xian2"}, {"有空", "you3 kong4"}, {"空白", "kong4 bai2"},
    {"填空", "tian2 kong4"}, {"没收", "mo4 shou1"}, {"沉没", "chen2 mo4"}, {"淹没", "yan1 mo4"}, {"正月", "zheng1 yue4"},
    {"中奖", "zhong4 jiang3"}, {"中暑", "zhong4 shu3"}, {"中风", "zhong4 feng1"}, {"看中", "kan4 zhong4"}, {"看护", "kan1 hu4"},
    {"看门", "kan1 men2"}, {"看管", "kan1 guan3"}, {"曲艺", "qu3 yi4"}, {"戏曲", "xi4 qu3"}, {"歌曲", "ge1 qu3"},
    {"乐曲", "yue4 qu3"}, {"零散", "ling2 san3"}, {"扫帚", "sao4 zhou5"}, {"强迫", "qiang3 po4"}, {"勉强", "mian3 qiang3"},
    {"宁可", "ning4 ke3"}, {"一切", "yi2 qie4"}, {"传记", "zhuan4 ji4"}, {"自传", "zi4 zhuan4"}, {"弹琴", "tan2 qin2"},
    {"子弹", "zi3 dan4"}, {"似的", "shi4 de5"}, {"模样", "mu2 yang4"}, {"模具", "mu2 ju4"}, {"薄弱", "bo2 ruo4"},
    {"薄荷", "bo4 he5"}, {"称心", "chen4 xin1"}, {"对称", "dui4 chen4"}, {"盛饭", "cheng2 fan4"}, {"汤匙", "tang1 chi2"},
    {"答应", "da1 ying5"}, {"大夫", "dai4 fu5"}, {"当作", "dang4 zuo4"}, {"适当", "shi4 dang4"}, {"恰当", "qia4 dang4"},
    {"当天", "dang4 tian1"}, {"当日", "dang4 ri4"}, {"当月", "dang4 yue4"}, {"当年", "dang4 nian2"}, {"跌倒", "die1 dao3"},
    {"的确", "di2 que4"}, {"目的", "mu4 di4"}, {"都市", "du1 shi4"}, {"成都", "cheng2 du1"}, {"恶心", "e3 xin1"},
    {"厌恶", "yan4 wu4"}, {"分量", "fen4 liang4"}, {"成分", "cheng2 fen4"}, {"部分", "bu4 fen5"}, {"身分", "shen1 fen4"},
    {"过分", "guo4 fen4"}, {"充分", "chong1 fen4"}, {"裁缝", "cai2 feng5"}, {"给予", "ji3 yu3"}, {"供给", "gong1 ji3"},
    {"补给", "bu3 ji3"}, {"喝彩", "he4 cai3"}, {"暖和", "nuan3 huo5"}, {"几乎", "ji1 hu1"}, {"济南", "ji3 nan2"},
    {"角色", "jue2 se4"}, {"主角", "zhu3 jue2"}, {"配角", "pei4 jue2"}, {"间断", "jian4 duan4"}, {"投降", "tou2 xiang2"},
    {"结实", "jie1 shi5"}, {"禁不住", "jin1 bu5 zhu4"}, {"尽量", "jin3 liang4"}, {"尽管", "jin3 guan3"}, {"尽快", "jin3 kuai4"},
    {"尽早", "jin3 zao3"}, {"卷子", "juan4 zi5"}, {"试卷", "shi4 juan4"}, {"问卷", "wen4 juan4"}, {"答卷", "da2 juan4"},
    {"关卡", "guan1 qia3"}, {"累计", "lei3 ji4"}, {"积累", "ji1 lei3"}, {"累积", "lei3 ji1"}, {"闷热", "men1 re4"},
    {"难民", "nan4 min2"}, {"灾难", "zai1 nan4"}, {"困难", "kun4 nan5"}, {"遇难", "yu4 nan4"}, {"炮制", "pao2 zhi4"},
    {"折腾", "zhe1 teng5"}, {"少年", "shao4 nian2"}, {"少儿", "shao4 er2"}, {"青少年", "qing1 shao4 nian2"},
    {"多少", "duo1 shao5"}, {"反省", "fan3 xing3"}, {"识别", "shi2 bie2"}, {"标识", "biao1 zhi4"}, {"数一数", "shu3 yi4 shu3"},
    {"数钱", "shu3 qian2"}, {"台州", "tai1 zhou1"}, {"提防", "di1 fang5"}, {"挑战", "tiao3 zhan4"}, {"吐血", "tu4 xie3"},
    {"呕吐", "ou3 tu4"}, {"系鞋带", "ji4 xie2 dai4"}, {"关系", "guan1 xi5"}, {"厦门", "xia4 men2"}, {"校对", "jiao4 dui4"},
    {"兴奋", "xing1 fen4"}, {"旋风", "xuan4 feng1"}, {"要求", "yao1 qiu2"}, {"与会", "yu4 hui4"}, {"参与", "can1 yu4"},
    {"晕车", "yun4 che1"}, {"记载", "ji4 zai3"}, {"挣扎", "zheng1 zha2"}, {"着急", "zhao2 ji2"}, {"着火", "zhao2 huo3"},
    {"着凉", "zhao2 liang2"}, {"睡着", "shui4 zhao2"}, {"穿着", "chuan1 zhuo2"}, {"着装", "zhuo2 zhuang1"},
    {"挣钱", "zheng4 qian2"}, {"转动", "zhuan4 dong4"}, {"转盘", "zhuan4 pan2"}, {"琢磨", "zuo2 mo5"}, {"钻石", "zuan4 shi2"},
    {"作坊", "zuo1 fang5"}, {"参差", "cen1 ci1"}, {"蔚县", "yu4 xian4"}, {"六安", "lu4 an1"}, {"丽水", "li2 shui3"},
    {"东阿", "dong1 e1"}, {"番禺", "pan1 yu2"}, {"铅山", "yan2 shan1"}, {"乐清", "yue4 qing1"}, {"乐亭", "lao4 ting2"},
    {"大埔", "da4 bu4"}, {"洪洞", "hong2 tong2"}, {"百色", "bo2 se4"}, {"枞阳", "zong1 yang2"}, {"涡阳", "guo1 yang2"},
    {"歙县", "she4 xian4"}, {"泌阳", "bi4 yang2"}, {"莘庄", "xin1 zhuang1"}, {"繁峙", "fan2 shi4"}, {"阿胶", "e1 jiao1"},
    {"先生", "xian1 sheng5"}, {"的士", "di1 shi4"}, {"似乎", "si4 hu1"}, {"曝光", "bao4 guang1"}, {"宝藏", "bao3 zang4"},
    {"藏族", "zang4 zu2"}, {"西藏", "xi1 zang4"}, {"伯伯", "bo2 bo5"}, {"泊车", "bo2 che1"}, {"停泊", "ting2 bo2"},
    {"咽喉", "yan1 hou2"}, {"地", "di4"}, {"尉迟", "yu4 chi2"}, {"万俟", "mo4 qi2"}, {"长孙", "zhang3 sun1"},
    {"澹台", "tan2 tai2"}, {"首都", "shou3 du1"}, {"得意", "de2 yi4"}, {"这地", "zhe4 di4"}, {"了解", "liao3 jie3"},
    {"受不了", "shou4 bu5 liao3"}, {"一会儿", "yi2 hui4 er5"},
};

/* As a surname only: in front of a title, or of the 某 that a masked name ends in. */
static const struct reading surnames[] = {
    {"单", "shan4"}, {"仇", "qiu2"}, {"解", "xie4"}, {"曾", "zeng1"}, {"区", "ou1"}, {"查", "zha1"}, {"盖", "ge3"},
    {"任", "ren2"}, {"华", "hua4"}, {"朴", "piao2"}, {"乐", "yue4"}, {"纪", "ji3"}, {"燕", "yan1"}, {"员", "yun4"},
    {"召", "shao4"}, {"种", "chong2"}, {"覃", "qin2"}, {"秘", "bi4"}, {"重", "chong2"}, {"黑", "he4"}, {"牟", "mou4"},
    {"卜", "bu3"}, {"能", "nai4"}, {"宁", "ning4"}, {"折", "she2"}, {"洗", "xian3"}, {"翟", "zhai2"}, {"隗", "wei3"},
    {"哈", "ha3"}, {"藏", "zang1"}, {"长", "zhang3"}, {"都", "du1"}, {"过", "guo1"}, {"句", "gou1"}, {"訾", "zi1"},
    {"祭", "zhai4"}, {"繁", "po2"}, {"贾", "jia3"},
};

static const struct reading *longest(const char *at)
{
    const struct reading *best = NULL;
    size_t best_len = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(readings); i++) {
        size_t len = strlen(readings[i].word);

        if (len > best_len && strncmp(at, readings[i].word, len) == 0) {
            best = &readings[i];
            best_len = len;
        }
    }
    return best;
}

static bool is_title(const char *at)
{
    static const char *const titles[] = {"某",   "先生", "女士", "小姐", "师傅", "老师", "医生", "大爷",
                                         "大妈", "阿姨", "奶奶", "爷爷", "叔叔", "同志", "主任", "书记"};

    for (size_t i = 0; i < G_N_ELEMENTS(titles); i++)
        if (g_str_has_prefix(at, titles[i]))
            return true;
    return false;
}

static const struct reading *surname(const char *at)
{
    if (!is_title(g_utf8_next_char(at)))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(surnames); i++)
        if (g_str_has_prefix(at, surnames[i].word))
            return &surnames[i];
    return NULL;
}

static void put(GString *out, const char *pinyin)
{
    if (out->len > 0 && out->str[out->len - 1] != ' ')
        g_string_append_c(out, ' ');
    g_string_append(out, pinyin);
    g_string_append_c(out, ' ');
}

char *spoken_pinyin(const char *words)
{
    GString *out = g_string_new(NULL);

    for (const char *at = words; *at != '\0';) {
        const char *next = g_utf8_next_char(at);
        const struct reading *reading = surname(at);

        if (reading == NULL)
            reading = longest(at);
        if (reading != NULL) {
            put(out, reading->pinyin);
            at += strlen(reading->word);
        } else {
            g_string_append_len(out, at, next - at);
            at = next;
        }
    }
    return g_string_free(out, FALSE);
}
