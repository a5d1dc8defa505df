/* Written by tests/data/make_more_metrics_data.py (NumPy 1.24.2, SciPy 1.10.1, scikit-learn 1.2.1). */

#ifdef EXPECT_KID
static const double expected_kid[2] = {
    0x1.5b1deb9df1d49p-7, 0x1.3420cf203be0fp-7,
};
static const double expected_kid_whole[2] = {
    0x1.76704a1b4ff80p-7, 0x1.4fa7cdb3c2c00p-10,
};
static const double expected_kid_options[2] = {
    0x1.72d666289e79ap-9, 0x1.34d10f09a56b9p-8,
};
static const double expected_kid_rbf[2] = {
    0x1.9ff5c2496fc00p-10, 0x1.201af9e8fe351p-9,
};
static const double expected_kid_rbf_gamma[2] = {
    0x1.65a8e4a606a43p-7, 0x1.dbe81057bda85p-8,
};
static const double expected_kid_1000[2] = {
    0x1.07a89e4345d55p-10, 0x1.bf7cc47c248f1p-14,
};
static const double expected_kid_full_7_6[2] = {
    0x1.7fc1d879e7580p-6, 0x1.2b9f7f684fca2p-4,
};
static const double expected_kid_full[2] = {
    0x1.7e06e4859ad00p-7, -0x1.e3e507d1e5b3dp-19,
};
static const double expected_kid_full_halves[2] = {
    0x1.f4889362e9200p-7, 0x1.f101a8fb37779p-13,
};
static const double expected_kid_full_rbf[2] = {
    0x1.de3642e500d50p-8, 0x1.131d048244feep-21,
};
#endif

#ifdef EXPECT_CMMD
static const double expected_cmmd[3] = {
    0x1.3843dadbb7476p-6, -0x1.6014db86bcc6bp-9, 0x1.09c3a462418bep-6,
};
static const double expected_cmmd_halves[3] = {
    0x1.8714fdbbf38e4p-3, 0x1.1c8c4205fbcdep-3, 0x1.f34fece2b99eep-4,
};
static const double expected_cmmd_7_6[3] = {
    0x1.f14254649ba13p-1, -0x1.22413362eb63ap-3, 0x1.19ef5b94a70d5p+0,
};
static const double expected_cmmd_sigma[3] = {
    0x1.7577c49a27030p+2, 0x1.dc9b7e5f10002p+0, 0x1.aeb212b399ce2p+0,
};
static const double expected_cmmd_as_is[3] = {
    0x1.389948e72fe2bp+1, 0x1.d930535dc75d3p+0, 0x1.c6b67a562a8e3p-2,
};
static const double expected_cmmd_as_is_sigma[3] = {
    0x1.c3a32247e601bp+3, 0x1.3e93f55928a00p+3, 0x1.8fe4c6cc48fadp+0,
};
static const double expected_cmmd_wide[3] = {
    0x1.7a06f2ac3ca8dp+2, 0x1.71ef6313dd348p+2, 0x1.ac6d5b74ebac8p-3,
};
static const double expected_cmmd_in_floats[3] = {
    0x1.3a74000000000p-6, 0x1.871d000000000p-3, 0x1.7a07640000000p+2,
};
#endif

#ifdef EXPECT_NEIGHBOURS
static const double expected_prdc[4] = {
    0x1.e3472e3472e34p-1, 0x1.fe4b17e4b17e5p-1, 0x1.2ff402ff402ffp-1, 0x1.dc28f5c28f5c3p-1,
};
static const double expected_prdc_3[4] = {
    0x1.9d58a9d58a9d6p-1, 0x1.ddddddddddddep-1, 0x1.2222222222222p-1, 0x1.947ae147ae148p-1,
};
static const double expected_realism_paper[24] = {
    0x1.cddf6b5e37298p-1, 0x1.c63f597564e9cp-1, 0x1.5fd420ad2ced3p+0, 0x1.90eb5013b5d81p-1,
    0x1.7c51fe98c4e94p-1, 0x1.53bc00a36b04ep+0, 0x1.c392903c63c37p-1, 0x1.97beb5c7cdedep-1,
    0x1.20e549e6bb983p+0, 0x1.f632e62e7ee35p-1, 0x1.030b429479b7bp+0, 0x1.ad82645d59c7dp-1,
    0x1.c47753c583170p-1, 0x1.807adc43b5df1p-1, 0x1.cbc0c86f0c0fdp-1, 0x1.d969adecb921bp-1,
    0x1.2f3eec450a153p+0, 0x1.891b06151851dp-1, 0x1.6066e0f0e1d81p-1, 0x1.d6b0b7dab9160p-1,
    0x1.53b70c9fd3a39p+0, 0x1.247a2a8b4add7p+0, 0x1.5fd49779c8752p-1, 0x1.826175a572805p-1,
};
static const double expected_realism_kynkaat[24] = {
    0x1.a0a6d99eb2b31p-1, 0x1.93020721722b8p-1, 0x1.e3864b23e2a01p+0, 0x1.39efe58f9e5e9p-1,
    0x1.1a818efb8577fp-1, 0x1.c2da9416caa8bp+0, 0x1.8e467fab909e2p-1, 0x1.44b7bc2a8bb88p-1,
    0x1.46044554f84b8p+0, 0x1.ec955971a531fp-1, 0x1.061f826d82abdp+0, 0x1.684ec76c98edep-1,
    0x1.8fda759389da7p-1, 0x1.20b83aaceb836p-1, 0x1.9cd6116a4a0e7p-1, 0x1.b5bb6cd1cccccp-1,
    0x1.673571a290e9bp+0, 0x1.2dd1b83f433d8p-1, 0x1.e51ad6da42092p-2, 0x1.b0b650673cf15p-1,
    0x1.c2cd7ddf41be5p+0, 0x1.4e267d41b9411p+0, 0x1.e3886cde26f71p-2, 0x1.2394d292256bap-1,
};
static const double expected_realism_dgm[24] = {
    0x1.cddf6b5e37298p-1, 0x1.c63f597564e9cp-1, 0x1.5fd420ad2ced3p+0, 0x1.90eb5013b5d81p-1,
    0x1.7c51fe98c4e94p-1, 0x1.53bc00a36b04ep+0, 0x1.c392903c63c37p-1, 0x1.97beb5c7cdedep-1,
    0x1.20e549e6bb983p+0, 0x1.f632e62e7ee35p-1, 0x1.030b429479b7bp+0, 0x1.ad82645d59c7dp-1,
    0x1.c47753c583170p-1, 0x1.807adc43b5df1p-1, 0x1.cbc0c86f0c0fdp-1, 0x1.d969adecb921bp-1,
    0x1.2f3eec450a153p+0, 0x1.891b06151851dp-1, 0x1.6066e0f0e1d81p-1, 0x1.d6b0b7dab9160p-1,
    0x1.53b70c9fd3a39p+0, 0x1.247a2a8b4add7p+0, 0x1.5fd49779c8752p-1, 0x1.826175a572805p-1,
};
static const double expected_rarity[24] = {
    0x1.ce008a1cf7eb5p+0, 0x0.0p+0, 0x1.7777820e2cc8ep+0, 0x1.d5a753ea27a14p+0,
    0x0.0p+0, 0x1.867a27c41379ep+0, 0x1.d566db24c8208p+0, 0x1.b9dfc092d99d3p+0,
    0x1.920fc2a07f275p+0, 0x0.0p+0, 0x1.938a388ce00f5p+0, 0x1.a3dd23821b021p+0,
    0x1.dc52dda3694dcp+0, 0x1.f3c234345c1a1p+0, 0x0.0p+0, 0x1.b547872ecef5cp+0,
    0x1.8238a43f6c57dp+0, 0x1.c96d87833e010p+0, 0x1.e65354fc4ff32p+0, 0x1.b9e12e124cebbp+0,
    0x1.7f9a3b94b88e6p+0, 0x1.791629bee9a61p+0, 0x1.aa3a81e8ec345p+0, 0x0.0p+0,
};
static const double expected_nearest_distance[24] = {
    0x1.b882abaf06e44p+0, 0x1.b81f3cec87c72p+0, 0x1.113325ccb42b8p+0, 0x1.a960ca89a689ep+0,
    0x1.e2bee238584f8p+0, 0x1.263c77c9d7077p+0, 0x1.a9b5ce5f57301p+0, 0x1.79f9707848a6ep+0,
    0x1.4ce97d944eacfp+0, 0x1.9ec0902858281p+0, 0x1.8ecc49322dc80p+0, 0x1.5c2a91b66a6dap+0,
    0x1.b46230d9405c8p+0, 0x1.dbc3b386b39a2p+0, 0x1.a67130085588bp+0, 0x1.9558a73e40b0fp+0,
    0x1.460c4084493d1p+0, 0x1.9996bcee24c19p+0, 0x1.a6420113655f2p+0, 0x1.ab8e08c20d510p+0,
    0x1.30c5351c6d946p+0, 0x1.690c4313e50d6p+0, 0x1.8741bbb44a5cep+0, 0x1.edc0728f00178p+0,
};
static const double expected_nearest[24] = {
    0x1.9600000000000p+7, 0x1.8000000000000p+6, 0x1.cc00000000000p+6, 0x1.2600000000000p+8,
    0x1.1400000000000p+8, 0x1.a600000000000p+7, 0x1.cc00000000000p+6, 0x1.2600000000000p+7,
    0x1.7800000000000p+7, 0x1.5000000000000p+6, 0x1.5800000000000p+7, 0x1.3a00000000000p+7,
    0x1.1400000000000p+6, 0x1.1400000000000p+6, 0x1.1c00000000000p+8, 0x1.7000000000000p+7,
    0x1.4800000000000p+6, 0x1.7000000000000p+6, 0x1.6e00000000000p+7, 0x1.0000000000000p+7,
    0x1.2e00000000000p+7, 0x1.ea00000000000p+7, 0x1.1000000000000p+7, 0x1.0600000000000p+7,
};
static const double expected_mifid_distance[2] = {
    0x1.3c70512eb1583p-5, 0x1.13a8ee96e52d0p-5,
};
#define EXPECTED_AUTHPCT 0x1.1aed44aed44afp+6
#define EXPECTED_AUTHPCT_HALVES 0x1.5555555555556p+5
#endif

#ifdef EXPECT_LIMITS
static const double expected_fid_infinity[3] = {
    0x1.52385a119c68cp-2, 0x1.15663972218c3p+5, 0x1.04ce367342955p-5,
};
static const double expected_fid_infinity_5[3] = {
    0x1.11c3e6e80ac56p-2, 0x1.ae5ededf8d68bp+5, 0x1.79fed976c94b3p-5,
};
static const double expected_is_infinity[3] = {
    0x1.16371ffe43d53p+2, -0x1.37195e77fb8f5p+3, 0x1.4dd2c793eb8f9p-5,
};
static const double expected_mind[2] = {
    0x1.29558daad6ec4p+0, 0x1.06bc363b55131p-3,
};
static const double expected_mind_subsample[2] = {
    0x1.5cebbcb3833e9p+0, 0x1.c59f3be7afda0p-3,
};
static const double expected_mind_coupled[2] = {
    0x1.63bea396cb665p+0, 0x1.e34c8531e7cfbp-3,
};
static const double expected_mind_odd[2] = {
    0x1.05710e0dce53dp-4, 0x1.76ccd7bf9bcaep-7,
};
#endif

#ifdef EXPECT_CLUSTERS
#define EXPECTED_INERTIA_4 0x1.3a71fe274b9a8p+10
#define EXPECTED_INERTIA_20 0x1.469c87ea7b85ep+9
static const double expected_labels_20[40] = {
    0x1.0000000000000p+3, 0x1.a000000000000p+3, 0x1.1000000000000p+4, 0x1.0000000000000p+4,
    0x1.0000000000000p+3, 0x1.e000000000000p+3, 0x1.2000000000000p+4, 0x1.c000000000000p+3,
    0x1.1000000000000p+4, 0x1.0000000000000p+4, 0x1.6000000000000p+3, 0x1.c000000000000p+3,
    0x1.0000000000000p+3, 0x1.8000000000000p+2, 0x1.0000000000000p+2, 0x1.c000000000000p+2,
    0x1.4000000000000p+2, 0x1.0000000000000p+3, 0x1.e000000000000p+3, 0x0.0p+0,
    0x1.8000000000000p+2, 0x1.8000000000000p+2, 0x1.8000000000000p+2, 0x1.4000000000000p+2,
    0x1.0000000000000p+2, 0x1.0000000000000p+4, 0x1.0000000000000p+4, 0x1.0000000000000p+3,
    0x1.c000000000000p+2, 0x1.1000000000000p+4, 0x1.c000000000000p+2, 0x1.6000000000000p+3,
    0x1.2000000000000p+3, 0x1.0000000000000p+1, 0x1.2000000000000p+4, 0x1.8000000000000p+2,
    0x1.2000000000000p+3, 0x1.1000000000000p+4, 0x1.4000000000000p+3, 0x1.0000000000000p+3,
};
#define EXPECTED_CT 0x1.a70571133948cp+1
#define EXPECTED_CT_COPIES -0x1.2dbfe7e9a983dp+2
#define EXPECTED_CT_20 0x1.fbb2591dab4b4p+1
static const double prd_gen[20] = {
    0x1.9589b720bca3fp-5, 0x1.083d50f4c9b8fp-4, 0x1.bd67480a0fa52p-5, 0x0.0p+0,
    0x1.390dbf68ba4abp-5, 0x1.dd4637ce2378cp-5, 0x1.43594ee38bbccp-5, 0x1.497b43b5cdaeep-4,
    0x1.640adeb61f569p-4, 0x1.1b56b3021ccf4p-5, 0x1.2484598234794p-4, 0x1.86d1c3e6673fdp-5,
    0x1.a3bf9b8e57acfp-5, 0x1.55fa6e9e44193p-4, 0x1.a3edbf17f91a2p-8, 0x1.0188268dae51dp-7,
    0x1.de15482152f07p-10, 0x1.33a055d3aca83p-4, 0x1.1f81027c52fd1p-4, 0x1.41710a6d0d9f7p-4,
};
static const double prd_real[20] = {
    0x1.76065f121e05bp-4, 0x1.316f986174b2ap-4, 0x1.60c080247937cp-5, 0x1.2a50d9e3e6476p-4,
    0x1.69a2088effa07p-7, 0x0.0p+0, 0x1.b6503e069109ap-7, 0x1.690cad90c15e2p-4,
    0x1.8ee5c9f079315p-5, 0x1.3cf70ad128eddp-5, 0x1.9473074bdcca3p-6, 0x1.27e8e2b45dbb5p-4,
    0x1.5cadb0b9cf185p-5, 0x1.b281e36a3cc05p-5, 0x1.cb9c1ca62088dp-10, 0x1.d81de2455cea4p-5,
    0x1.d3e1d58d5ce99p-5, 0x1.d7949c6676f1bp-5, 0x1.68b294b815fa6p-4, 0x1.0496eff164286p-4,
};
static const double expected_prd_precision[21] = {
    0x1.97c5f29ea0717p-34, 0x1.1ff155a982c0bp-4, 0x1.1b5b85826bc03p-3, 0x1.a348b289f8f12p-3,
    0x1.183913e4ec28bp-2, 0x1.628227b5b6afcp-2, 0x1.b1cce6c343842p-2, 0x1.008df046b925bp-1,
    0x1.2819e0dcb367ap-1, 0x1.4fe6cba664096p-1, 0x1.6e9a360ee4cc2p-1, 0x1.8e0a5f2475239p-1,
    0x1.a6d348a3ae352p-1, 0x1.b937126ca5c69p-1, 0x1.c5a5ee7cd07cap-1, 0x1.d167f3164c1d3p-1,
    0x1.df7a20e8807c5p-1, 0x1.e22b9c831dc86p-1, 0x1.e22b9c831dc86p-1, 0x1.e22b9c831dc86p-1,
    0x1.e22b9c831dc86p-1,
};
static const double expected_prd_recall[21] = {
    0x1.dab5e4c383372p-1, 0x1.c955170d347cdp-1, 0x1.bf4320df8224ap-1, 0x1.b49c61570f5e4p-1,
    0x1.af3802f2c491dp-1, 0x1.abedf4bf76105p-1, 0x1.a9b0cba4c8440p-1, 0x1.a2a8a7a594a97p-1,
    0x1.978c55bd392b2p-1, 0x1.894a491d97987p-1, 0x1.6e9a360ee4cc2p-1, 0x1.53f56e5d1c2ccp-1,
    0x1.333359592b591p-1, 0x1.0e60818495a49p-1, 0x1.ce4a632ce2d89p-2, 0x1.818e145f3974bp-2,
    0x1.37954505c468ap-2, 0x1.cf0912db409b1p-3, 0x1.31791ef5a7c9cp-3, 0x1.2f94bf18fd877p-4,
    0x1.9e2e74dd4f99bp-34,
};
static const double expected_prd_pipeline_precision[21] = {
    0x1.b7cdfd9d7bdbap-34, 0x1.425cb89570e01p-4, 0x1.443062fc3ad1ap-3, 0x1.eb0d854d6f1cdp-3,
    0x1.4c2bfeafc7afep-2, 0x1.a64395f0f8a83p-2, 0x1.030cd0f4dbc3fp-1, 0x1.34f846fcae261p-1,
    0x1.64e8865ac896ep-1, 0x1.9085a1593e3ddp-1, 0x1.b671529a485cdp-1, 0x1.d5e87a788c97ap-1,
    0x1.ea311455cc07bp-1, 0x1.f45232b0df48ap-1, 0x1.f9b31945cc62dp-1, 0x1.fd48964a00c53p-1,
    0x1.ffb2cd016fbd3p-1, 0x1.0000000000000p+0, 0x1.0000000000000p+0, 0x1.0000000000000p+0,
    0x1.0000000000000p+0,
};
static const double expected_prd_pipeline_recall[21] = {
    0x1.0000000000000p+0, 0x1.0000000000000p+0, 0x1.ffb653a142506p-1, 0x1.ff58759a9c82ep-1,
    0x1.ff28f0d2833a0p-1, 0x1.fdb7be30e13dbp-1, 0x1.fc6a14898ffa6p-1, 0x1.f83164bee2302p-1,
    0x1.eb3dfc54452d3p-1, 0x1.d4f374ddc2986p-1, 0x1.b671529a485cdp-1, 0x1.9156e61375ed2p-1,
    0x1.6425272bdc0acp-1, 0x1.3298df3466e09p-1, 0x1.01aab499eb7dap-1, 0x1.a5e7804ce2582p-2,
    0x1.4c8594f006648p-2, 0x1.ebae6998402e3p-3, 0x1.445f0fbdee505p-3, 0x1.425cb89570e07p-4,
    0x1.b7ce11a626330p-34,
};
static const double expected_prd_f[2] = {
    0x1.f528491c540fdp-1, 0x1.f2ce492599fa2p-1,
};
static const double expected_vendi_short[6] = {
    0x1.c2038f2a9d478p+1, 0x1.1f3c9cd8a9290p+1, 0x1.02d7670436327p+3, 0x1.dbb38edaf01b9p+0,
    0x1.e000000000000p+5, 0x1.939e5eee6f5a2p+0,
};
static const double expected_vendi_tall[6] = {
    0x1.dd3968a2e8491p+1, 0x1.2e3413925abc7p+1, 0x1.34a1c437edce8p+3, 0x1.f3c78fe445d3ap+0,
    0x1.8000000000000p+6, 0x1.a33702732c12bp+0,
};
static const double expected_vendi_rank[6] = {
    0x1.aaedeb8bd4556p+1, 0x1.1b07da3332474p+1, 0x1.ad1c0025d6d14p+2, 0x1.d93fe882ee0b4p+0,
    0x1.e000000000000p+4, 0x1.926e0ce581a63p+0,
};
#endif

#ifdef EXPECT_CLASSES
static const double expected_class_0[4] = {
    0x1.6106a98312660p+0, 0x1.09830d1514953p+2, 0x1.b05b05b05b05bp-1, 0x1.f777777777777p-1,
};
static const double expected_class_1[4] = {
    0x1.dcf4badb5ca60p-1, 0x1.0bbc12bb20e93p+2, 0x1.de1e1e1e1e1e2p-1, 0x1.f777777777777p-1,
};
static const double expected_class_2[4] = {
    0x1.9b7a4736a47c0p-1, 0x1.10f42092d4e9dp+2, 0x1.bf86a314dbf87p-1, 0x1.eeeeeeeeeeeefp-1,
};
static const double expected_class_3[4] = {
    0x0.0p+0, 0x1.0000000000000p+0, 0x0.0p+0, 0x0.0p+0,
};
static const double expected_class_4[4] = {
    0x1.e59780e429c36p+3, 0x1.0a3dace9c7915p+1, 0x0.0p+0, 0x0.0p+0,
};
#endif
